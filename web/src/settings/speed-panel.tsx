/** How long people wait for an agent's first word, and what for (AG8). For owners and admins. */
import type { AgentMetrics } from '@porthole/shared/api/sessions';
import { For, type JSX, Show } from 'solid-js';
import { getAgentMetrics } from '../agents/session-calls.ts';
import { createOrganisationRequest } from '../orgs/organisation-list.ts';
import { IconButton } from '../ui/button.tsx';
import { RefreshCw } from '../ui/icons.ts';
import { toastError } from '../ui/toast.ts';
import { Answer, BoxEmpty, Panel } from './parts.tsx';
import { relativeTime } from './time.ts';
import { waitText } from './usage-sums.ts';

const PARTS = [
  { id: 'machine', title: 'Machine', text: 'starts, and is reached' },
  { id: 'agent', title: 'Agent', text: 'starts, and takes the prompt' },
  { id: 'model', title: 'Model', text: 'thinks until its first word' },
] as const;

export function SpeedPanel() {
  const metrics = createOrganisationRequest(getAgentMetrics);
  async function again(): Promise<void> {
    await metrics.reload();
    const fault = metrics.error();
    // What was there stays in sight.
    if (fault && metrics.data()) toastError('These are the figures of before', fault);
  }
  return (
    <Panel
      title="Time to the first word"
      text="From sending a prompt to the agent’s first word or tool call, and what the time went to. Prompts that waited for another one are not in it."
      action={
        <IconButton label="Look again" disabled={metrics.loading()} onClick={() => void again()}>
          <RefreshCw size={14} />
        </IconButton>
      }
    >
      <Answer of={metrics} rows={5}>
        <Show
          when={(metrics.data()?.prompts ?? 0) > 0 && metrics.data()}
          fallback={
            <BoxEmpty>
              No prompt since the server started, {since(metrics.data())}. Figures come with the first one.
            </BoxEmpty>
          }
        >
          {(data) => <Figures of={data()} />}
        </Show>
      </Answer>
    </Panel>
  );
}

const since = (data: AgentMetrics | undefined): string =>
  data ? relativeTime(data.since, Date.now()) : 'a moment ago';

function Figures(props: { of: AgentMetrics }) {
  /** All bars are on one scale. */
  const longest = () => Math.max(1, ...PARTS.map(({ id }) => props.of[id].p95 ?? 0));
  const share = () => Math.round((props.of.warm / props.of.prompts) * 100);
  return (
    <>
      <div class="overflow-hidden rounded-xl border border-line bg-raised">
        <dl class="grid grid-cols-3 divide-x divide-line border-b border-line">
          <Figure name="Half within" value={waitText(props.of.total.p50 ?? 0)} />
          <Figure name="95% within" value={waitText(props.of.total.p95 ?? 0)} />
          <Figure name="Warm" value={`${share()}%`} aside={`${props.of.warm} of ${props.of.prompts}`} />
        </dl>
        <table class="w-full text-sm">
          <caption class="sr-only">What the time goes to</caption>
          <thead>
            <tr class="text-left text-xs text-faint">
              <th class="py-2 pl-3.5 font-medium">Part</th>
              <td class="w-full narrow:hidden" />
              <th class="py-2 pl-3 text-right font-medium">Half</th>
              <th class="py-2 pr-3.5 pl-4 text-right font-medium">95%</th>
            </tr>
          </thead>
          <tbody class="divide-y divide-line border-t border-line">
            <For each={PARTS}>
              {(part) => (
                <Row title={part.title} text={part.text} of={props.of[part.id]} longest={longest()} />
              )}
            </For>
          </tbody>
        </table>
      </div>
      <p class="mt-2 text-xs text-faint">
        Of the last {props.of.prompts} {props.of.prompts === 1 ? 'prompt' : 'prompts'} since the server
        started, {since(props.of)}. An agent is warm when it was started while somebody was still writing, or
        has worked before.
      </p>
    </>
  );
}

function Figure(props: { name: string; value: string; aside?: JSX.Element }) {
  return (
    <div class="min-w-0 px-3.5 py-3 narrow:px-3">
      <dt class="text-xs text-faint">{props.name}</dt>
      <dd class="mt-0.5 flex flex-wrap items-baseline gap-x-2">
        <span class="text-xl font-semibold tracking-tight tabular-nums narrow:text-lg">{props.value}</span>
        <Show when={props.aside}>
          <span class="text-xs text-faint tabular-nums">{props.aside}</span>
        </Show>
      </dd>
    </div>
  );
}

type Quantiles = AgentMetrics['total'];

function Row(props: { title: string; text: string; of: Quantiles; longest: number }) {
  return (
    <tr>
      <th scope="row" class="py-2.5 pl-3.5 text-left font-normal narrow:w-full">
        <div>{props.title}</div>
        <div class="text-xs whitespace-nowrap text-faint">{props.text}</div>
        <Bar of={props.of} longest={props.longest} class="mt-1.5 mr-3 wide:hidden" />
      </th>
      <td class="w-full pl-6 narrow:hidden" aria-hidden="true">
        <Bar of={props.of} longest={props.longest} />
      </td>
      <td class="py-2.5 pl-3 text-right whitespace-nowrap tabular-nums">{waitText(props.of.p50 ?? 0)}</td>
      <td class="py-2.5 pr-3.5 pl-4 text-right whitespace-nowrap text-soft tabular-nums">
        {waitText(props.of.p95 ?? 0)}
      </td>
    </tr>
  );
}

/** Half of all within the full part, 95 % within the pale one. */
function Bar(props: { of: Quantiles; longest: number; class?: string }) {
  const width = (ms: number | null) => `${Math.max(ms ? 1 : 0, ((ms ?? 0) / props.longest) * 100)}%`;
  return (
    <div
      aria-hidden="true"
      class={`relative h-1.5 overflow-hidden rounded-full bg-sunken ${props.class ?? ''}`}
    >
      <div
        class="absolute inset-y-0 left-0 rounded-full bg-accent/35"
        style={{ width: width(props.of.p95) }}
      />
      <div class="absolute inset-y-0 left-0 rounded-full bg-accent" style={{ width: width(props.of.p50) }} />
    </div>
  );
}
