import type { ProviderName } from '@porthole/shared';

/** What a provider is called on the screen. */
export const PROVIDER_NAMES: Record<ProviderName, string> = {
  local: 'This server',
  ssh: 'SSH host',
  docker: 'Container',
  freestyle: 'Freestyle VM',
};
