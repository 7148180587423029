import { describe } from 'vitest';
import { busContract } from '../../test/bus-contract.ts';
import { silentLogger } from '../lib/log.ts';
import { createInProcessBus } from './in-process.ts';

describe('the in-process bus', () => {
  busContract(async () => ({ bus: createInProcessBus(silentLogger), settle: async () => {} }));
});
