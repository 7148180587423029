import { cx } from './class.ts';

export type Tone = 'ok' | 'busy' | 'bad' | 'paused' | 'off' | 'accent';

const TONES: Record<Tone, string> = {
  ok: 'text-ok',
  busy: 'text-busy',
  bad: 'text-bad',
  paused: 'text-paused',
  off: 'text-off',
  accent: 'text-accent',
};

/**
 * A state as a shape as well as a colour: full for running, half for under way, two bars for paused, a ring for
 * stopped, a square for wrong.
 */
export function StatusDot(props: { tone: Tone; label: string; class?: string; decorative?: boolean }) {
  return (
    <svg
      viewBox="0 0 12 12"
      role={props.decorative ? undefined : 'img'}
      aria-hidden={props.decorative ? 'true' : undefined}
      aria-label={props.decorative ? undefined : props.label}
      class={cx('size-3 shrink-0', TONES[props.tone], props.class)}
    >
      {shape(props.tone)}
    </svg>
  );
}

function shape(tone: Tone) {
  switch (tone) {
    case 'ok':
    case 'accent':
      return <circle cx="6" cy="6" r="3.5" fill="currentColor" />;
    case 'busy':
      return (
        <g class="origin-center animate-[spin-slow_1.6s_linear_infinite]">
          <circle
            cx="6"
            cy="6"
            r="3.75"
            fill="none"
            stroke="currentColor"
            stroke-width="1.25"
            opacity="0.4"
          />
          <path d="M6 2.25a3.75 3.75 0 0 1 0 7.5z" fill="currentColor" />
        </g>
      );
    case 'bad':
      return <rect x="2.5" y="2.5" width="7" height="7" rx="1.5" fill="currentColor" />;
    case 'paused':
      return <path d="M3.25 2.5h2v7h-2zM6.75 2.5h2v7h-2z" fill="currentColor" />;
    case 'off':
      return <circle cx="6" cy="6" r="3.25" fill="none" stroke="currentColor" stroke-width="1.5" />;
  }
}
