import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, SETTINGS, type SettingName, unknownSettings } from './config.ts';

describe('the configuration', () => {
  it('needs nothing', () => {
    const config = readConfig({ XDG_DATA_HOME: '/data' });
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4000,
      origin: null,
      dataFolder: '/data/porthole',
    });
    expect(config).toMatchObject({ databaseUrl: null, localProvider: 'auto', github: null, secretKey: null });
  });

  const wrong: [SettingName, Record<string, string>][] = [
    ['HOST', { HOST: 'a b' }],
    ['PORT', { PORT: '70000' }],
    ['PORT', { PORT: '40x' }],
    ['PORTHOLE_ORIGIN', { HOST: '0.0.0.0' }],
    ['PORTHOLE_ORIGIN', { PORTHOLE_ORIGIN: 'porthole.example.com' }],
    ['PORTHOLE_ORIGIN', { PORTHOLE_ORIGIN: 'https://porthole.example.com/app' }],
    ['PORTHOLE_ORIGIN', { PORTHOLE_ORIGIN: 'http://porthole.example.com' }],
    ['PORTHOLE_DATA', { PORTHOLE_DATA: 'data' }],
    ['PORTHOLE_DATABASE_URL', { PORTHOLE_DATABASE_URL: 'mysql://x' }],
    ['PORTHOLE_TRUSTED_PROXIES', { PORTHOLE_TRUSTED_PROXIES: '10.0.0.0/40' }],
    ['PORTHOLE_TRUSTED_PROXIES', { PORTHOLE_TRUSTED_PROXIES: 'nginx' }],
    ['PORTHOLE_LOG_LEVEL', { PORTHOLE_LOG_LEVEL: 'loud' }],
    ['PORTHOLE_LOCAL_PROVIDER', { PORTHOLE_LOCAL_PROVIDER: 'yes' }],
    ['PORTHOLE_GITHUB_CLIENT_SECRET', { PORTHOLE_GITHUB_CLIENT_ID: 'a' }],
    ['PORTHOLE_GOOGLE_CLIENT_ID', { PORTHOLE_GOOGLE_CLIENT_SECRET: 'a' }],
    ['PORTHOLE_MACHINE_URL', { PORTHOLE_MACHINE_URL: 'ftp://10.0.0.5' }],
    ['PORTHOLE_ANTHROPIC_URL', { PORTHOLE_ANTHROPIC_URL: 'https://key@example.com' }],
    ['PORTHOLE_OPENAI_URL', { PORTHOLE_OPENAI_URL: 'example.com' }],
    ['PORTHOLE_MONTHLY_TOKENS', { PORTHOLE_MONTHLY_TOKENS: '1e6' }],
    ['PORTHOLE_METRICS_TOKEN', { PORTHOLE_METRICS_TOKEN: 'short' }],
    ['PORTHOLE_METRICS_TOKEN', { PORTHOLE_METRICS_TOKEN: 'with a space in the midst' }],
    ['PORTHOLE_SECRET_KEY', { PORTHOLE_SECRET_KEY: 'short' }],
    ['PORTHOLE_SECRET_KEY_FILE', { PORTHOLE_SECRET_KEY_FILE: '/nowhere/key' }],
  ];
  it.each(wrong)('stops the start over a wrong %s: %o', (name, env) => {
    expect(() => readConfig(env)).toThrow(ConfigError);
    expect(() => readConfig(env)).toThrow(name);
  });

  it('asks for PORTHOLE_DATA where there is no home folder', () => {
    const nobody = () => {
      throw Object.assign(new Error('ENOENT'), { code: 'ERR_SYSTEM_ERROR' });
    };
    for (const home of [nobody, () => '']) {
      expect(() => readConfig({}, home)).toThrow(ConfigError);
      expect(() => readConfig({}, home)).toThrow('PORTHOLE_DATA');
      expect(readConfig({ PORTHOLE_DATA: '/data' }, home).dataFolder).toBe('/data');
    }
    expect(readConfig({}, () => '/home/ana').dataFolder).toBe('/home/ana/.local/share/porthole');
  });

  it('never repeats a secret in a message', () => {
    for (const env of [
      { PORTHOLE_SECRET_KEY: 'hunter2' },
      { PORTHOLE_METRICS_TOKEN: 'hunter2' },
      { PORTHOLE_DATABASE_URL: 'mysql://hunter2' },
      { PORTHOLE_GITHUB_CLIENT_SECRET: 'hunter2' },
    ]) {
      expect(() => readConfig(env)).toThrow(ConfigError);
      expect(() => readConfig(env)).not.toThrow('hunter2');
    }
  });

  it('reads the key in hex, in base64, and from a file', () => {
    const key = Buffer.alloc(32, 7);
    const folder = mkdtempSync(join(tmpdir(), 'porthole-config-'));
    writeFileSync(join(folder, 'key'), `${key.toString('base64')}\n`);
    for (const env of [
      { PORTHOLE_SECRET_KEY: key.toString('hex') },
      { PORTHOLE_SECRET_KEY: key.toString('base64') },
      { PORTHOLE_SECRET_KEY_FILE: join(folder, 'key') },
    ])
      expect(Buffer.from(readConfig(env).secretKey!)).toEqual(key);
    rmSync(folder, { recursive: true });
  });

  it('believes the proxies it is told of, and no other', () => {
    const { trustedProxies } = readConfig({ PORTHOLE_TRUSTED_PROXIES: '10.0.0.0/8, ::1 ,192.168.1.7' });
    expect(trustedProxies.check('10.9.9.9')).toBe(true);
    expect(trustedProxies.check('192.168.1.7')).toBe(true);
    expect(trustedProxies.check('192.168.1.8')).toBe(false);
    expect(trustedProxies.check('::1', 'ipv6')).toBe(true);
  });

  it('is what the README says: no setting that does not exist, and in its table every one that does', () => {
    const file = new URL('../../README.md', import.meta.url);
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const named = text.match(/\bPORTHOLE_[A-Z_]*[A-Z]\b(?!_)/g) ?? [];
    expect(named.filter((key) => !Object.hasOwn(SETTINGS, key))).toEqual([]);
    const rows = [...text.matchAll(/^\|\s*`([A-Z_]+)`\s*\|/gm)].map(([, key]) => key!);
    if (rows.includes('PORTHOLE_DATA')) expect(rows.sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  it('notices a setting that does not exist', () => {
    expect(unknownSettings({ PORTHOLE_ORIGN: 'x', PATH: 'y', PORTHOLE_DATA: '/z' })).toEqual([
      'PORTHOLE_ORIGN',
    ]);
    for (const setting of Object.values(SETTINGS)) expect(setting.meaning).not.toBe('');
  });
});

describe('the table of settings in the README', () => {
  const readme = fileURLToPath(new URL('../../README.md', import.meta.url));
  const marked = /(?<=<!-- config:begin -->\n).*?(?=<!-- config:end -->)/s;

  it('says what there is (WRITE_README=1 writes it)', () => {
    const text = readFileSync(readme, 'utf8');
    const table = `\n${settingsTable()}\n\n`;
    if (process.env.WRITE_README === '1')
      writeFileSync(
        readme,
        text.replace(marked, () => table),
      );
    else expect(marked.exec(text)?.[0]).toBe(table);
  });
});

/** As the formatter has it: columns as wide as their widest cell. */
function settingsTable(): string {
  const rows = [
    ['variable', 'default', 'what it does'],
    ...Object.entries(SETTINGS).map(([name, setting]) => [`\`${name}\``, setting.default, setting.meaning]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `| ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`);
  return [lines[0], `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...lines.slice(1)].join(
    '\n',
  );
}
