/** A machine of one's own: added, trusted by its key, worked on; and refused when its key has changed. */

import { expect, OWNER, picture } from '../fixtures.ts';
import { startSshd } from '../lib/sshd.ts';
import { test } from '../machine-fixtures.ts';

test('[SE4] a host is added, its key accepted by a person, and a terminal works on it', async ({
  machine,
  open,
  owner,
  road,
}) => {
  const { page, screen } = await open({ person: OWNER, path: '/settings/hosts' });
  expect(owner.org).toBeTruthy();
  await page.getByRole('button', { name: 'Add a host' }).click();
  const adding = page.getByRole('dialog', { name: 'Add a host' });
  await adding.getByLabel('Address').fill('127.0.0.1');
  await adding.getByLabel('Port').fill(String(road.port));
  await adding.getByLabel('User').fill(machine.user);
  await adding.getByLabel('Name').fill('build-01');
  await adding.getByLabel('Private key').fill(machine.privateKey);
  await picture(page, 'host-adding');
  await adding.getByRole('button', { name: 'Add', exact: true }).click();

  const host = page.getByRole('dialog', { name: 'build-01' });
  await expect(host.getByText(/^ssh-ed25519 AAAA/)).toBeVisible();
  await expect(host.getByText(/SHA256:/)).toBeVisible();
  await picture(page, 'host-fingerprint');
  await host.getByRole('button', { name: 'It is this one: accept' }).click();
  await expect(host.getByText('Signed in and ran a command. It is ready.')).toBeVisible();
  await host.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByText('Trusted')).toBeVisible();

  await page.getByRole('button', { name: 'New workspace' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New workspace' });
  await dialog.getByText('Empty', { exact: true }).click();
  await dialog.getByLabel('Machine').selectOption('ssh');
  await dialog.getByLabel('Name').fill('on build-01');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await screen.current();
  await screen.run('echo over ssh $((6 * 7)) $SSH_CONNECTION', /over ssh 42 127\.0\.0\.1 /);

  const workspace = new URL(page.url()).pathname.replace(/\/t\/.*/, '');

  // Another machine answers at that address.
  const other = await startSshd();
  try {
    road.lead(other.port);
    road.cut();
    road.mend();
    await expect(screen.panel.getByText(/^Ended: the connection to the machine was lost/)).toBeVisible({
      timeout: 30_000,
    });
    await expect(page.getByRole('main').getByRole('img', { name: 'Machine not reached' })).toBeVisible();
    await screen.panel.getByRole('button', { name: 'Restart' }).click();
    await screen.shows('shows another host key than before');
    await picture(page, 'host-key-changed-terminal');
    await page.goto(new URL('/settings/hosts', page.url()).href);
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await expect(page.getByText('The machine shows another key than the one accepted')).toBeVisible();
    await expect(page.getByText('Accepted before')).toBeVisible();
    await picture(page, 'host-key-changed');
  } finally {
    await other.stop();
  }

  // The way back: the machine whose key was accepted is there again, and takes its folder away.
  road.lead(machine.port);
  await page.getByRole('button', { name: 'Check again' }).click();
  await expect(page.getByText('Signed in and ran a command. It is ready.')).toBeVisible();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.goto(new URL(workspace, page.url()).href);
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('navigation', { name: 'Workspaces' }).getByText('on build-01')).toHaveCount(0);
});
