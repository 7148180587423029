/** HTTP of the `ssh` provider's machines: adding them, looking at their key, trusting it. */
import { type HostRow, PortholeError } from '@porthole/shared';
import { endpoints } from '@porthole/shared/http';
import type { Routes } from '../http/mount.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import { generateKeyPair, readPrivateKey } from '../ssh/keys.ts';
import type { SshPool } from '../ssh/pool.ts';
import type { SshTarget } from '../ssh/target.ts';
import type { Access } from './access.ts';
import { deleted, whyUnreadable } from './answers.ts';
import { askKey, probeHost } from './host-probe.ts';
import type { HostSecret, HostStore } from './host-store.ts';

export interface HostRoutesDeps {
  access: Access;
  hosts: HostStore;
  pool: SshPool;
  clock: Clock;
}

export const hostRoutes =
  (deps: HostRoutesDeps): Routes =>
  (mount) => {
    const { access, hosts, pool, clock } = deps;

    mount(endpoints.listHosts, async ({ params, actor }) => {
      await access.may(actor, params.org, 'organisation.read');
      const { ok: agent } = await hosts.useAgent(params.org);
      return { hosts: await hosts.list(params.org), agent };
    });

    mount(endpoints.createHost, async ({ params, body, actor }) => {
      await access.may(actor, params.org, 'host.write');
      if (!/^[A-Za-z0-9.:_-]+$/.test(body.address) || body.address.startsWith('-')) {
        throw new PortholeError('bad_request', 'Enter a host name or an address.', {
          fields: { address: 'is not one' },
        });
      }
      if (body.auth === 'agent') {
        const use = await hosts.useAgent(params.org);
        if (!use.ok) throw new PortholeError(use.code, use.message);
      }
      const secret = body.auth === 'key' ? hostSecret(body.privateKey, body.passphrase, body.name) : null;
      const host: HostRow = {
        id: newId('host'),
        organisationId: params.org,
        name: body.name,
        address: body.address,
        port: body.port,
        username: body.username,
        auth: body.auth,
        hostKeyFingerprint: null,
        publicKey: secret?.publicKey ?? null,
        createdAt: clock.now(),
      };
      await hosts.insert(host, secret?.stored ?? null);
      return host;
    });

    mount(endpoints.probeHost, async ({ params, actor, signal }) => {
      await access.may(actor, params.org, 'host.write');
      return probeHost(await targetOf(params.org, params.host), clock, signal);
    });

    mount(endpoints.pinHostKey, async ({ params, body, actor, signal, log }) => {
      await access.may(actor, params.org, 'host.write');
      const target = await targetOf(params.org, params.host);
      const shown = await askKey(target, clock, signal);
      if (shown.fingerprint !== body.fingerprint) {
        const message = `The machine now shows ${shown.fingerprint}, not the key you looked at. Look again before you trust it.`;
        throw new PortholeError('host_key_changed', message);
      }
      const host = await hosts.pin(params.org, params.host, shown.hostKey, shown.fingerprint);
      if (!host) throw notFound();
      // Connections under the old key must not live on beside the new one.
      pool.closeMachine(target.key);
      log.info({ organisation: params.org, host: params.host }, 'a host key was accepted');
      return host;
    });

    mount(endpoints.deleteHost, async ({ params, actor }) => {
      await access.may(actor, params.org, 'host.write');
      const result = deleted(
        await hosts.delete(params.org, params.host),
        'machine',
        'Workspaces are on this machine. Delete them first.',
      );
      pool.closeMachine(`host:${params.host}`);
      return result;
    });

    const targetOf = async (organisationId: string, id: string): Promise<SshTarget> => {
      const found = await hosts.target(organisationId, id);
      if (found.kind === 'missing') throw notFound();
      if (found.kind === 'refused') throw new PortholeError(found.code, found.message);
      return found.target;
    };
  };

const notFound = () => new PortholeError('not_found', 'There is no such machine.');

function hostSecret(
  privateKey: string | undefined,
  passphrase: string | undefined,
  name: string,
): { stored: HostSecret; publicKey: string } {
  if (privateKey === undefined) {
    const pair = generateKeyPair(`porthole ${name}`);
    return { stored: { privateKey: pair.privateKey }, publicKey: pair.publicKey };
  }
  const read = readPrivateKey(privateKey, passphrase);
  if (read.ok) {
    const stored = passphrase === undefined ? { privateKey } : { privateKey, passphrase };
    return { stored, publicKey: read.publicKey };
  }
  const field = read.code === 'passphrase_wrong' ? 'passphrase' : 'privateKey';
  const why = whyUnreadable(read.code, 'does not open the key');
  throw new PortholeError('bad_request', `The ${field === 'passphrase' ? 'passphrase' : 'key'} ${why}.`, {
    fields: { [field]: why },
  });
}
