/** A machine that is off: what its workspace says of it, on a laptop and on a phone, and the ways on. */
import { endpoints } from '@porthole/shared/http';
import { expect, OWNER, picture } from '../fixtures.ts';
import { addHost, makeWorkspace } from '../lib/world.ts';
import { test } from '../machine-fixtures.ts';

test('[WS3] says since when a machine is not reached, and why, and tries when one asks', async ({
  machine,
  open,
  owner,
  road,
}) => {
  test.slow();
  const hostId = await addHost(owner, { ...machine, port: road.port });
  const { id } = await makeWorkspace(owner, { provider: 'ssh', hostId });
  const path = `/w/${id}`;
  const laptop = await open({ person: OWNER, path });
  const phone = await open({ person: OWNER, path, kind: 'iphone' });
  for (const { page } of [laptop, phone])
    await expect(page.getByRole('button', { name: 'New terminal' }).first()).toBeVisible();

  road.cut();
  await owner.api.call(endpoints.checkWorkspace, { params: { workspace: id } });
  for (const { page } of [laptop, phone]) {
    await expect(
      page
        .getByRole('main')
        .getByText(/^Not reached since \d/)
        .first(),
    ).toBeVisible();
    await expect(
      page.getByRole('status').getByText(/bench .*(refused|lost|closed|cannot be reached)/),
    ).toBeVisible();
  }
  await picture(laptop.page, 'not-reached');
  await picture(phone.page, 'not-reached-phone');
  await phone.page.getByRole('button', { name: 'Details and actions' }).click();
  await picture(phone.page, 'not-reached-details-phone');
  await phone.page.goBack();
  await phone.page.getByRole('link', { name: 'Back to the workspaces' }).click();
  await expect(phone.page.getByRole('link', { name: /Not reached since/ })).toBeVisible();
  await picture(phone.page, 'not-reached-list-phone');

  const tryNow = laptop.page.getByRole('main').getByRole('button', { name: 'Try now' }).first();
  await tryNow.click();
  await expect(laptop.page.getByText('Still not reached')).toBeVisible();
  road.mend();
  await tryNow.click();
  await expect(laptop.page.getByText(/^Not reached since/)).toHaveCount(0);
  await expect(phone.page.getByRole('link', { name: /Not reached since/ })).toHaveCount(0);

  // Off again: a stop that fails says so, and stops it when it is back.
  road.cut();
  await owner.api.call(endpoints.stopWorkspace, { params: { workspace: id } });
  const failed = laptop.page.getByRole('alert').filter({ hasText: 'It could not be stopped' });
  await expect(failed).toBeVisible({ timeout: 45_000 });
  await expect(failed.getByRole('button', { name: 'Start' })).toBeVisible();
  await picture(laptop.page, 'not-stopped');
  await phone.page.goto(new URL(path, phone.url).href);
  await picture(phone.page, 'not-stopped-phone');
  road.mend();
  await failed.getByRole('button', { name: 'Stop again' }).click();
  await expect(laptop.page.getByText('This workspace is stopped')).toBeVisible();
});
