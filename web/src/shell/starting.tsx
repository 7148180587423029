import { Delayed } from '../ui/skeleton.tsx';
import { Spinner } from '../ui/spinner.tsx';

export function Starting() {
  return (
    <div class="grid h-full place-items-center text-faint">
      <Delayed>
        <Spinner label="Starting" class="!size-5" />
      </Delayed>
    </div>
  );
}
