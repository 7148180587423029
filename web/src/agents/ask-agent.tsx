/** Asking an agent from anywhere: which workspace, which agent, and the first prompt. */
import { useNavigate } from '@solidjs/router';
import { useApp } from '../app-context.ts';
import { placeOf } from '../presence/place.ts';
import { Dialog } from '../ui/dialog.tsx';
import { NewSession } from './new-session.tsx';

export default function AskAgent() {
  const { mirror, shell } = useApp();
  const navigate = useNavigate();
  const overlay = shell.overlay();
  const here = placeOf(location.pathname).workspaceId;
  return (
    <Dialog
      open
      onClose={shell.close}
      title="Ask an agent"
      description="It works in the workspace’s checkout; everyone here can follow and steer it."
      width="lg"
    >
      <div class="pt-1">
        <NewSession
          workspace={null}
          first={mirror.workspaces().find(({ id }) => id === here)?.id ?? null}
          text={overlay?.name === 'new-session' ? overlay.text : undefined}
          onBegun={(sessionId, workspaceId) => {
            shell.close();
            navigate(`/w/${workspaceId}/s/${sessionId}`);
          }}
        />
      </div>
    </Dialog>
  );
}
