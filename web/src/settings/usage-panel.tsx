/** What agents have used: tokens that went through the model gateway, and what they say they have cost. */
import { A } from '@solidjs/router';
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js';
import { getUsage } from '../agents/session-calls.ts';
import { useApp } from '../app-context.ts';
import { createRequest } from '../net/create-request.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';
import { Segmented } from '../ui/field.tsx';
import { Answer, BoxEmpty, Panel } from './parts.tsx';
import {
  costText,
  countText,
  type PersonLine,
  type SessionLine,
  type Used,
  usageByPerson,
  usageBySession,
  usageOfAll,
} from './usage-sums.ts';

/** Of sessions, so many before "Show all". */
const FEW = 10;

export function UsagePanel() {
  const { session } = useApp();
  const [days, setDays] = createSignal<'1' | '7' | '30' | '90'>('30');
  const usage = createRequest(
    () => {
      const org = session.organisationId();
      return org ? { org, days: Number(days()) } : null;
    },
    ({ org, days }) => getUsage(org, days),
  );
  const people = createMemo(() => usageByPerson(usage.data() ?? { rows: [], costs: [] }));
  const sessions = createMemo(() => usageBySession(usage.data() ?? { sessions: [], costs: [] }));
  return (
    <Panel
      title="Usage"
      text="Tokens that went through this server to model services, and what agents say they have cost. Tokens of agents with a key of their own on the machine are not in it."
    >
      <Segmented
        label="Period"
        value={days()}
        onChange={setDays}
        class="mb-3 max-w-sm"
        options={[
          { value: '1', label: 'Today' },
          { value: '7', label: '7 days' },
          { value: '30', label: '30 days' },
          { value: '90', label: '90 days' },
        ]}
      />
      <Answer of={usage} rows={4}>
        <Show when={people().length > 0} fallback={<BoxEmpty>Nothing was used in this time.</BoxEmpty>}>
          <UsageTable of="Person" all={usageOfAll(people())}>
            <For each={people()}>{(line) => <PersonRow line={line} />}</For>
          </UsageTable>
          <Show when={sessions().length > 0}>
            <Sessions lines={sessions()} />
          </Show>
        </Show>
        <Show when={usage.data()?.limit}>
          {(limit) => (
            <p class="mt-2 text-xs text-faint">The limit is {countText(limit())} tokens a month.</p>
          )}
        </Show>
      </Answer>
    </Panel>
  );
}

function Sessions(props: { lines: readonly SessionLine[] }) {
  const [all, setAll] = createSignal(false);
  const shown = () => (all() ? props.lines : props.lines.slice(0, FEW));
  return (
    <div class="mt-4">
      <UsageTable of="Session">
        <For each={shown()}>{(line) => <SessionRow line={line} />}</For>
      </UsageTable>
      <Show when={props.lines.length > FEW && !all()}>
        <Button size="sm" class="mt-2" onClick={() => setAll(true)}>
          Show all {props.lines.length}
        </Button>
      </Show>
    </div>
  );
}

const NUMBER = 'py-2 pl-3 text-right whitespace-nowrap tabular-nums';

function UsageTable(props: { of: 'Person' | 'Session'; all?: Used; children: JSX.Element }) {
  return (
    <div class="overflow-hidden rounded-xl border border-line bg-raised">
      <table class="w-full table-fixed text-sm">
        <caption class="sr-only">By {props.of.toLowerCase()}</caption>
        <thead>
          <tr class="text-left text-xs text-faint">
            <th class="py-2 pl-3.5 font-medium">{props.of}</th>
            <th class="w-20 py-2 pl-3 text-right font-medium narrow:hidden">Requests</th>
            <th class="w-24 py-2 pl-3 text-right font-medium narrow:w-[4.5rem]">
              <span class="narrow:hidden">Tokens in</span>
              <span class="wide:hidden">In</span>
            </th>
            <th class="w-24 py-2 pl-3 text-right font-medium narrow:w-16">
              <span class="narrow:hidden">Tokens out</span>
              <span class="wide:hidden">Out</span>
            </th>
            <th class="w-24 py-2 pr-3.5 pl-3 text-right font-medium narrow:w-20">Cost</th>
          </tr>
        </thead>
        <tbody class="divide-y divide-line border-t border-line">{props.children}</tbody>
        <Show when={props.all}>
          {(all) => (
            <tfoot class="border-t border-line-strong font-medium">
              <tr>
                <th scope="row" class="py-2 pl-3.5 text-left font-medium">
                  All
                </th>
                <Numbers of={all()} />
              </tr>
            </tfoot>
          )}
        </Show>
      </table>
    </div>
  );
}

function Numbers(props: { of: Used }) {
  return (
    <>
      <td class={`${NUMBER} narrow:hidden`}>{countText(props.of.requests)}</td>
      <td class={NUMBER}>{countText(props.of.inputTokens)}</td>
      <td class={NUMBER}>{countText(props.of.outputTokens)}</td>
      <td class="py-2 pr-3.5 pl-3 text-right tabular-nums">
        {costText(props.of.costs) ?? (
          <span class="text-faint" title="No agent has said what it cost">
            –
          </span>
        )}
      </td>
    </>
  );
}

function createNames() {
  const { mirror } = useApp();
  return (id: string) => mirror.members().find((one) => one.id === id)?.name ?? 'Somebody who left';
}

function PersonRow(props: { line: PersonLine }) {
  const name = createNames();
  return (
    <tr>
      <th scope="row" class="py-2 pl-3.5 text-left font-normal">
        <div class="flex items-center gap-2.5">
          <Avatar id={props.line.userId} name={name(props.line.userId)} size="sm" />
          <div class="min-w-0">
            <div class="truncate">{name(props.line.userId)}</div>
            <Show when={props.line.models.length > 0}>
              <div class="truncate font-mono text-xs text-faint" title={props.line.models.join(', ')}>
                {props.line.models.join(', ')}
              </div>
            </Show>
          </div>
        </div>
      </th>
      <Numbers of={props.line} />
    </tr>
  );
}

function SessionRow(props: { line: SessionLine }) {
  const { mirror } = useApp();
  const name = createNames();
  const row = createMemo(() => mirror.sessions().find(({ id }) => id === props.line.session));
  return (
    <tr>
      <th scope="row" class="py-2 pl-3.5 text-left font-normal">
        <Show when={row()} fallback={<div class="truncate text-faint">A session that was deleted</div>}>
          {(session) => (
            <A
              href={`/w/${session().workspaceId}/s/${session().id}`}
              class="block truncate hover:text-accent hover:underline touch:py-1"
            >
              {session().title}
            </A>
          )}
        </Show>
        <div class="truncate text-xs text-faint">{props.line.people.map(name).join(', ')}</div>
      </th>
      <Numbers of={props.line} />
    </tr>
  );
}
