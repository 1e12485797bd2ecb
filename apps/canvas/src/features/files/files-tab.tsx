export const FilesTab = (_: { workspace: unknown }) => null;
