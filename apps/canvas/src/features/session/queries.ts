"use client";

import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "#shared/api/trpc.tsx";

export const useSession = () => useQuery(useTRPC().session.get.queryOptions());
