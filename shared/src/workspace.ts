/** Workspaces: states, steps and errors. DESIGN.md section 5. */
import * as z from 'zod/mini';

export const ProviderName = z.enum(['local', 'ssh', 'docker', 'freestyle']);
export type ProviderName = z.infer<typeof ProviderName>;

export const WorkspaceStatus = z.enum(['provisioning', 'running', 'paused', 'stopped', 'error', 'deleting']);
export type WorkspaceStatus = z.infer<typeof WorkspaceStatus>;

export const StepName = z.enum(['machine', 'boot', 'ssh', 'clone', 'setup']);
export type StepName = z.infer<typeof StepName>;

export const ProvisioningStep = z.object({
  name: StepName,
  state: z.enum(['waiting', 'running', 'done', 'failed', 'skipped']),
  /** 0–100 where the step can tell (git's own percentage for `clone`). */
  percent: z.nullable(z.number().check(z.minimum(0), z.maximum(100))),
  /** One line: "Receiving objects", "attempt 2 of 3". */
  note: z.nullable(z.string()),
});
export type ProvisioningStep = z.infer<typeof ProvisioningStep>;

/** What the server does on a workspace's machine. */
export const WorkspaceEffect = z.enum(['provision', 'start', 'pause', 'stop', 'destroy']);
export type WorkspaceEffect = z.infer<typeof WorkspaceEffect>;

/** Why a workspace is in `error`. */
export const WorkspaceError = z.object({
  code: z.string(),
  message: z.string(),
  details: z.nullable(z.string()),
  /** What could not be done, and so what trying again does; missing: nothing that was asked for, or not known. */
  effect: z.optional(WorkspaceEffect),
  /** Milliseconds since 1970. */
  at: z.number(),
});
export type WorkspaceError = z.infer<typeof WorkspaceError>;

export const Capability = z.enum(['pause', 'snapshot', 'ports']);
export type Capability = z.infer<typeof Capability>;

export const AUTO_STOP_MINUTES = 30;
/** A paused workspace is stopped after so long. */
export const PAUSED_STOP_MS = 24 * 60 * 60 * 1000;
