/** Structured logs. Never a terminal's bytes, never a secret; ids go into fields, not into the sentence. */
import { type Logger as PinoLogger, pino } from 'pino';

export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'child'>;

/** `write`: takes the lines in place of stderr. */
export function createLogger(level: string, write?: (line: string) => void): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['password', 'token', 'secret', 'cookie', 'authorization', '*.password', '*.token', '*.secret'],
      censor: '[hidden]',
    },
  };
  if (write) return pino(options, { write });
  // stderr: stdout has the address and the set-up code, for people.
  return pino(options, pino.destination({ dest: 2, sync: false }));
}

export const silentLogger: Logger = pino({ level: 'silent' });
