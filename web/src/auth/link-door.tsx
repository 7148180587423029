/** What a link that is good once leads to, while it is looked at, and when it cannot be used. */
import { useNavigate } from '@solidjs/router';
import { type Accessor, type JSX, Show } from 'solid-js';
import type { ApiError } from '../net/api-error.ts';
import type { Request } from '../net/create-request.ts';
import { Button } from '../ui/button.tsx';
import { SkeletonRows } from '../ui/skeleton.tsx';
import { Door } from './door.tsx';

interface LinkDoorProps<T> {
  /** What the server says of the link. */
  link: Request<T>;
  waiting: { title: string; label: string };
  refused: { title: string; text: (error: ApiError) => string };
  children: (found: Accessor<NonNullable<T>>) => JSX.Element;
}

export function LinkDoor<T>(props: LinkDoorProps<T>) {
  const navigate = useNavigate();
  const Waiting = () => (
    <Show
      when={props.link.error()}
      fallback={
        <Door title={props.waiting.title}>
          <SkeletonRows rows={3} label={props.waiting.label} />
        </Door>
      }
    >
      {(error) => (
        <Door title={props.refused.title} text={props.refused.text(error())}>
          <div class="flex gap-2">
            <Show when={error().code === 'offline'}>
              <Button variant="primary" onClick={() => void props.link.reload()}>
                Try again
              </Button>
            </Show>
            <Button onClick={() => navigate('/', { replace: true })}>To Porthole</Button>
          </div>
        </Door>
      )}
    </Show>
  );
  return (
    <Show when={props.link.data()} fallback={<Waiting />}>
      {(found) => props.children(found)}
    </Show>
  );
}
