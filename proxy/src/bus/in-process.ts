/** The bus of a single proxy: a listener is called before `publish` returns. */
import { type Disposable, Emitter, toDisposable } from '../lib/disposable.ts';
import type { Logger } from '../lib/log.ts';
import type { Bus, Topic, Topics } from './bus.ts';

export function createInProcessBus(log: Logger): Bus {
  const emitters = new Map<string, Emitter<unknown>>();
  return {
    publish(topic, key, message) {
      emitters.get(`${topic} ${key}`)?.fire(message);
    },
    subscribe<T extends Topic>(topic: T, key: string, listener: (message: Topics[T]) => void): Disposable {
      const name = `${topic} ${key}`;
      const emitter = emitters.get(name) ?? new Emitter<unknown>();
      emitters.set(name, emitter);
      const registration = emitter.on((message) => {
        try {
          listener(message as Topics[T]);
        } catch (error) {
          log.error({ err: error, topic }, 'a bus listener failed');
        }
      });
      return toDisposable(() => {
        registration.dispose();
        if (emitter.size === 0 && emitters.get(name) === emitter) emitters.delete(name);
      });
    },
    async close() {
      for (const emitter of emitters.values()) emitter.dispose();
      emitters.clear();
    },
  };
}
