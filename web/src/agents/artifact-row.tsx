/** One thing that came of a session, with the way to it. */
import type { WorkspaceRow } from '@porthole/shared';
import type { Artifact } from '@porthole/shared/agent-events';
import ExternalLink from 'lucide-solid/icons/external-link';
import GitPullRequest from 'lucide-solid/icons/git-pull-request';
import Globe from 'lucide-solid/icons/globe';
import ImageIcon from 'lucide-solid/icons/image';
import { type JSX, Show } from 'solid-js';
import { useApp } from '../app-context.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { GitBranch } from '../ui/icons.ts';
import { previewWay } from './preview-way.ts';

const ICONS: Record<Artifact['kind'], () => JSX.Element> = {
  pull_request: () => <GitPullRequest size={14} />,
  branch: () => <GitBranch size={14} />,
  preview: () => <Globe size={14} />,
  screenshot: () => <ImageIcon size={14} />,
};

/** SE5: an address from an agent is a link only when it is one of the web. */
const isWeb = (url: string | null): url is string => url !== null && /^https?:\/\//i.test(url);

export function ArtifactRow(props: { artifact: Artifact; workspace: WorkspaceRow }) {
  const { mirror } = useApp();
  const way = () => {
    const { kind, url } = props.artifact;
    if (kind !== 'preview' || !isWeb(url)) return null;
    return previewWay(Number(new URL(url).port), props.workspace, mirror.hosts(), location.hostname);
  };
  const link = () => {
    const { url } = props.artifact;
    return isWeb(url) && way()?.kind !== 'none' ? url : null;
  };
  const tunnel = () => {
    const at = way();
    return at?.kind === 'tunnel' ? at : null;
  };
  const body = () => (
    <>
      <span class="shrink-0 text-faint">{ICONS[props.artifact.kind]()}</span>
      <span class="min-w-0 flex-1 truncate">
        {props.artifact.title}
        <Show when={tunnel()}>{(at) => <span class="text-faint"> on {at().host}</span>}</Show>
        <Show when={way()?.kind === 'none'}>
          <span class="text-faint"> on the machine</span>
        </Show>
      </span>
    </>
  );
  return (
    <li class="flex items-center">
      <Show
        when={link()}
        fallback={<div class="flex h-7 min-w-0 flex-1 items-center gap-2 px-2 text-sm">{body()}</div>}
      >
        {(url) => (
          <a
            href={url()}
            target="_blank"
            rel="noopener noreferrer"
            title={tunnel() ? `${url()}, once the copied command runs on this device` : url()}
            class="flex h-7 min-w-0 flex-1 items-center gap-2 rounded-md px-2 text-sm hover:bg-hover touch:h-11"
          >
            {body()}
            <ExternalLink size={12} class="shrink-0 text-faint" aria-hidden="true" />
          </a>
        )}
      </Show>
      <Show when={tunnel()}>
        {(at) => (
          <CopyButton text={at().command} label="Copy the SSH command that brings this port to your device" />
        )}
      </Show>
    </li>
  );
}
