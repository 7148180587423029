/** Pure: the list of steps that a person watches while a workspace comes up (WS2). */
import type { ProvisioningStep } from '@porthole/shared';

export type StepName = ProvisioningStep['name'];

/** Without `setup`, which nothing runs yet: a step that is never needed is not worth a line. */
const ORDER: readonly StepName[] = ['machine', 'boot', 'ssh', 'clone'];

/** All waiting; those not in `wanted` are skipped. */
export const plannedSteps = (wanted: readonly StepName[]): ProvisioningStep[] =>
  ORDER.map((name) => ({
    name,
    state: wanted.includes(name) ? 'waiting' : 'skipped',
    percent: null,
    note: null,
  }));

type StepChange = Partial<Omit<ProvisioningStep, 'name'>>;

export const changeStep = (
  steps: readonly ProvisioningStep[],
  name: StepName,
  change: StepChange,
): ProvisioningStep[] => steps.map((step) => (step.name === name ? { ...step, ...change } : step));

/** What was under way did not get to its end. */
export const failRunningSteps = (steps: readonly ProvisioningStep[]): ProvisioningStep[] =>
  steps.map((step) => (step.state === 'running' ? { ...step, state: 'failed' } : step));

/** A line about the whole try, shown at the step that runs, or else at the first that waits. */
export function noteAt(steps: readonly ProvisioningStep[], note: string): ProvisioningStep[] {
  const at =
    steps.find((step) => step.state === 'running' || step.state === 'failed') ??
    steps.find((step) => step.state === 'waiting');
  return at ? changeStep(steps, at.name, { note }) : [...steps];
}
