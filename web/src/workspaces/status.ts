/** A workspace's state in words, and what can be done in it. The table has every status, or does not compile. */
import type {
  Capability,
  ProvisioningStep,
  Role,
  TerminalRow,
  WorkspaceEffect,
  WorkspaceError,
  WorkspaceRow,
  WorkspaceStatus,
} from '@porthole/shared';
import type { Tone } from '../ui/status-dot.tsx';

export type WorkspaceAction = 'start' | 'stop' | 'pause' | 'retry' | 'delete';

interface StatusView {
  label: string;
  tone: Tone;
  actions: readonly WorkspaceAction[];
}

const VIEWS: Record<WorkspaceStatus, StatusView> = {
  provisioning: { label: 'Setting up', tone: 'busy', actions: ['stop', 'delete'] },
  running: { label: 'Running', tone: 'ok', actions: ['pause', 'stop', 'delete'] },
  paused: { label: 'Paused', tone: 'paused', actions: ['start', 'stop', 'delete'] },
  stopped: { label: 'Stopped', tone: 'off', actions: ['start', 'delete'] },
  error: { label: 'Failed', tone: 'bad', actions: ['retry', 'delete'] },
  deleting: { label: 'Deleting', tone: 'busy', actions: [] },
};

export const statusView = (status: WorkspaceStatus): StatusView => VIEWS[status];

type Reach = Pick<WorkspaceRow, 'id' | 'status' | 'unreachable'>;

/**
 * The server says so, which looks every minute; or, as far as a device knows, the connection to the machine took its
 * terminals with it, and nothing has run there since.
 */
export function isOutOfReach(
  workspace: Reach,
  terminals: readonly Pick<TerminalRow, 'workspaceId' | 'status' | 'end'>[],
): boolean {
  if (workspace.status !== 'running') return false;
  if (workspace.unreachable) return true;
  const its = terminals.filter(({ workspaceId }) => workspaceId === workspace.id);
  return (
    its.every(({ status }) => status !== 'running') &&
    its.some(({ status, end }) => status === 'ended' && end?.reason === 'connection_lost')
  );
}

/** What a workspace's state is called where its terminals are known. */
export function viewOfWorkspace(
  workspace: Reach,
  terminals: Parameters<typeof isOutOfReach>[1],
): Pick<StatusView, 'label' | 'tone'> {
  if (!isOutOfReach(workspace, terminals)) return statusView(workspace.status);
  const since = workspace.unreachable?.at;
  const label = since === undefined ? 'Machine not reached' : `Not reached since ${shortTime(since)}`;
  return { label, tone: 'bad' };
}

/** 14:32, with the day where that was not within a day. */
function shortTime(at: number, now = Date.now()): string {
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  const day = { day: 'numeric', month: 'short' } as const;
  return new Date(at).toLocaleString(undefined, now - at < 24 * 3_600_000 ? time : { ...day, ...time });
}

interface FailureWords {
  title: string;
  /** What trying again is called. */
  retry: string;
  /** Its steps are those of what failed; of a stop or a delete they are old news. */
  steps: boolean;
  actions: readonly WorkspaceAction[];
}

const SETTING_UP: FailureWords = {
  title: 'It could not be set up',
  retry: 'Retry',
  steps: true,
  actions: ['retry', 'delete'],
};
const STAYED = { steps: false, actions: ['retry', 'start', 'delete'] } as const;

/** What may be half deleted is only deleted; what could not be stopped still has all its files. */
const FAILURES: Record<WorkspaceEffect, FailureWords> = {
  provision: SETTING_UP,
  start: { ...SETTING_UP, title: 'It could not be started' },
  pause: { ...STAYED, title: 'It could not be paused', retry: 'Pause again' },
  stop: { ...STAYED, title: 'It could not be stopped', retry: 'Stop again' },
  destroy: { title: 'It could not be deleted', retry: 'Delete once more', steps: false, actions: ['delete'] },
};

/** Of a row in `error`. One by an older server says by its code alone that it could not be deleted. */
export function failureWords(error: WorkspaceError | null): FailureWords {
  if (error?.effect) return FAILURES[error.effect];
  if (error?.code === 'machine_gone') return { ...SETTING_UP, title: 'Its machine is gone', steps: false };
  return error?.code === 'delete_failed' ? FAILURES.destroy : SETTING_UP;
}

/** WS4: only what the provider says it can do; and to delete it is for whoever made it, and for admins. */
export function actionsOf(
  workspace: Pick<WorkspaceRow, 'status' | 'error' | 'capabilities' | 'createdBy'>,
  by: { userId: string | null; role: Role | null },
): WorkspaceAction[] {
  const { status, error } = workspace;
  const actions = status === 'error' ? failureWords(error).actions : VIEWS[status].actions;
  return actions.filter((action) => {
    if (action === 'pause') return workspace.capabilities.includes('pause' satisfies Capability);
    return action !== 'delete' || workspace.createdBy === by.userId || isAdmin(by.role);
  });
}

export const isAdmin = (role: Role | null): boolean => role === 'owner' || role === 'admin';

const STEP_NAMES: Record<ProvisioningStep['name'], string> = {
  machine: 'Make the machine',
  boot: 'Start it',
  ssh: 'Connect over SSH',
  clone: 'Clone the repository',
  setup: 'Run the set-up',
};

export const stepName = (step: ProvisioningStep): string => STEP_NAMES[step.name];

/** The step under way in a few words: "Clone the repository 42 %". */
export function currentStep(steps: readonly ProvisioningStep[]): string | null {
  const step =
    steps.find(({ state }) => state === 'running') ?? steps.find(({ state }) => state === 'waiting');
  if (!step) return null;
  // No break before the sign.
  return step.percent === null ? stepName(step) : `${stepName(step)} ${Math.floor(step.percent)}\u00a0%`;
}

export const AUTO_STOP_CHOICES = [15, 30, 60, 120, 480, 0] as const;

export function autoStopText(minutes: number): string {
  if (minutes === 0) return 'Never';
  if (minutes % 60 === 0) return minutes === 60 ? 'After 1 hour idle' : `After ${minutes / 60} hours idle`;
  return `After ${minutes} minutes idle`;
}
