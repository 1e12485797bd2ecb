import Docker from "dockerode";
export function connectDocker(): Docker { return new Docker(); }
