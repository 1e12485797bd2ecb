"use client";

import { useState } from "react";
import { SelectField, TextField } from "../ui/field.tsx";
import { DISK_HINTS, type DiskSituation, OTHER_TYPE, typeOptions } from "./ec2-choices.ts";

interface Ec2FieldsProps {
  tier: number;
  instanceType: string;
  diskGb: string;
  errors: Partial<Record<"instanceType" | "diskGb", string>>;
  disk: DiskSituation;
  onChange: (part: { instanceType?: string; diskGb?: string }) => void;
}

/** Fields only for a whole machine: a type with its price, and a disk size. */
export function Ec2Fields({ tier, instanceType, diskGb, errors, disk, onChange }: Ec2FieldsProps) {
  const [isTyping, setIsTyping] = useState(false);
  const choose = (value: string) => {
    setIsTyping(value === OTHER_TYPE);
    onChange({ instanceType: value === OTHER_TYPE ? "" : value });
  };
  return (
    <>
      <div className="col-span-full grid content-start gap-4">
        <SelectField
          label="Instance type"
          value={isTyping ? OTHER_TYPE : instanceType}
          error={isTyping ? undefined : errors.instanceType}
          hint="List prices of us-east-1. “By size” uses the type that the operator configured, if any."
          onChange={choose}
          options={typeOptions(tier, isTyping ? "" : instanceType)}
        />
        {isTyping && (
          <TextField
            label="Type name"
            value={instanceType}
            error={errors.instanceType}
            placeholder="m7i.large"
            hint="An EC2 instance type that fits the server’s AMI."
            onChange={(event) => onChange({ instanceType: event.target.value })}
          />
        )}
      </div>
      <TextField
        label="Disk in GiB"
        inputMode="numeric"
        value={diskGb}
        error={errors.diskGb}
        disabled={disk === "made"}
        placeholder="Default"
        hint={DISK_HINTS[disk]}
        onChange={(event) => onChange({ diskGb: event.target.value })}
      />
    </>
  );
}
