/** Pure: what an agent lets people choose: its config options, and its modes and models where they are not among those. */
import type { AgentOption } from '@porthole/shared/agent-events';
import { oneLine } from './text.ts';
import { fields } from './updates.ts';

/** The id of the option that stands for ACP's session modes. */
export const MODE = 'mode';
/** Of the models that some agents offer beside their options. */
export const MODEL = 'model';
const MAX_CHOICES = 200;

export interface Offered {
  modes: unknown;
  models: unknown;
  config: unknown;
}

/** How a choice is made: by `session/set_mode`, `session/set_model` or `session/set_config_option`. */
export type Setting =
  | { by: 'mode'; modeId: string }
  | { by: 'model'; modelId: string }
  | { by: 'config'; configId: string; value: string | boolean };

export function readOptions({ modes, models, config }: Offered): AgentOption[] {
  const options = (Array.isArray(config) ? config.slice(0, 30) : []).flatMap((each) =>
    readOption(fields(each)),
  );
  const beside = [readModes(fields(modes)), readModels(fields(models))].flatMap((one) => {
    const covered = options.some(({ id, category }) => id === one?.id || category === one?.category);
    return one && !covered ? [one] : [];
  });
  return [...beside, ...options];
}

/** null: it offers no such choice. */
export function settingFor(offered: Offered, id: string, value: string): Setting | null {
  const option = readOptions(offered).find((each) => each.id === id);
  if (!option?.choices.some((choice) => choice.id === value)) return null;
  const config = Array.isArray(offered.config)
    ? offered.config.map(fields).find((each) => each.id === id)
    : undefined;
  if (!config) return id === MODE ? { by: 'mode', modeId: value } : { by: 'model', modelId: value };
  return { by: 'config', configId: id, value: config.type === 'boolean' ? value === 'true' : value };
}

function readOption(option: Record<string, unknown>): AgentOption[] {
  const { id, name, currentValue } = option;
  if (typeof id !== 'string' || typeof name !== 'string') return [];
  const common = { id, name: oneLine(name, 100), category: categoryOf(option.category) };
  if (option.type === 'boolean') {
    const choices = [
      { id: 'true', name: 'On', description: null },
      { id: 'false', name: 'Off', description: null },
    ];
    return [{ ...common, value: String(currentValue === true), choices }];
  }
  if (!Array.isArray(option.options) || typeof currentValue !== 'string') return [];
  // Choices, or groups of them.
  const flat = option.options.map(fields).flatMap((each) => {
    return Array.isArray(each.options) ? each.options.map(fields) : [each];
  });
  const choices = flat.flatMap(({ value, name, description }) => choice(value, name, description));
  return [{ ...common, value: currentValue, choices: choices.slice(0, MAX_CHOICES) }];
}

function readModes({ currentModeId, availableModes }: Record<string, unknown>): AgentOption | null {
  if (typeof currentModeId !== 'string' || !Array.isArray(availableModes)) return null;
  const choices = availableModes
    .slice(0, MAX_CHOICES)
    .map(fields)
    .flatMap(({ id, name, description }) => choice(id, name, description));
  return { id: MODE, name: 'Mode', category: 'mode', value: currentModeId, choices };
}

function readModels({ currentModelId, availableModels }: Record<string, unknown>): AgentOption | null {
  if (typeof currentModelId !== 'string' || !Array.isArray(availableModels)) return null;
  const choices = availableModels
    .slice(0, MAX_CHOICES)
    .map(fields)
    .flatMap(({ modelId, name, description }) => choice(modelId, name, description));
  return { id: MODEL, name: 'Model', category: 'model', value: currentModelId, choices };
}

function choice(id: unknown, name: unknown, description: unknown): AgentOption['choices'] {
  if (typeof id !== 'string') return [];
  const about = typeof description === 'string' && description !== '' ? oneLine(description) : null;
  return [{ id, name: oneLine(typeof name === 'string' ? name : id, 100), description: about }];
}

function categoryOf(category: unknown): AgentOption['category'] {
  if (category === 'mode' || category === 'model') return category;
  return category === 'thought_level' ? 'reasoning' : 'other';
}
