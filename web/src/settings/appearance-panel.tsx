import { Segmented } from '../ui/field.tsx';
import { Box, BoxRow, Panel } from './parts.tsx';
import { setTheme, themeChoice } from './theme.ts';

export function AppearancePanel() {
  return (
    <Panel title="Appearance" text="Kept on this device.">
      <Box>
        <BoxRow wide title="Theme">
          <Segmented
            label="Theme"
            class="wide:w-80 narrow:w-full"
            value={themeChoice()}
            onChange={setTheme}
            options={[
              { value: 'system', label: 'System' },
              { value: 'light', label: 'Light' },
              { value: 'dark', label: 'Dark' },
            ]}
          />
        </BoxRow>
      </Box>
    </Panel>
  );
}
