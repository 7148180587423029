/** Signing in by an account elsewhere, where the server has that set up. */
import type { OAuthName } from '@porthole/shared/http';
import { For, Show } from 'solid-js';
import { useSession } from '../app-context.ts';

export const OAUTH_NAMES: Record<OAuthName, string> = { github: 'GitHub', google: 'Google' };
const LOOK =
  'inline-flex h-10 w-full items-center justify-center rounded-[7px] border border-line-strong bg-raised text-sm hover:bg-hover touch:h-12';

/** `onChoose`: instead of a link, when something has to go along that no address may carry. */
export function OAuthButtons(props: { next: string; onChoose?: (provider: OAuthName) => void }) {
  const session = useSession();
  return (
    <Show when={(session.server()?.oauth.length ?? 0) > 0}>
      <div class="my-5 flex items-center gap-3 text-xs text-faint">
        <span class="h-px flex-1 bg-line" />
        or
        <span class="h-px flex-1 bg-line" />
      </div>
      <div class="flex flex-col gap-2">
        <For each={session.server()?.oauth}>
          {(provider) => (
            <Show
              when={props.onChoose}
              fallback={
                // A whole navigation: the provider's page takes over.
                <a
                  href={`/api/oauth/${provider}/start?next=${encodeURIComponent(props.next)}`}
                  rel="external"
                  target="_self"
                  class={LOOK}
                >
                  Continue with {OAUTH_NAMES[provider]}
                </a>
              }
            >
              {(choose) => (
                <button type="button" class={LOOK} onClick={() => choose()(provider)}>
                  Continue with {OAUTH_NAMES[provider]}
                </button>
              )}
            </Show>
          )}
        </For>
      </div>
    </Show>
  );
}
