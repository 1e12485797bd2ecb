"use client";

import { TIERS } from "@berth/domain";
import { SelectField } from "../ui/field.tsx";
import { tierLabel } from "../workspace/tier-label.ts";

interface SizeFieldProps {
  tier: string;
  error: string | undefined;
  hint?: string | undefined;
  onChange: (part: { tier: string }) => void;
}

/** The machine's size, by tier name. */
export const SizeField = ({ tier, error, hint, onChange }: SizeFieldProps) => (
  <SelectField
    label="Size"
    value={tier}
    error={error}
    hint={hint}
    onChange={(next) => onChange({ tier: next })}
    options={TIERS.map((each) => ({ value: String(each), label: tierLabel(each) }))}
  />
);
