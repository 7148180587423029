/** Devices, members, roles and tokens: what is taken away is gone at once. */
import { endpoints } from '@porthole/shared/http';
import { expect, joinAs, OWNER, picture, test } from '../fixtures.ts';

test('[SE1][FD4] signing a device out ends it at once, and its data', async ({ desk, open }) => {
  const laptop = await open({ person: OWNER, path: '/settings/devices' });
  const phone = await open({ person: OWNER, kind: 'pixel', path: desk.path });
  await phone.screen.prompt();
  await laptop.page.reload();
  const row = laptop.page.getByRole('listitem').filter({ hasText: 'Android' });
  await expect(laptop.page.getByText('This device')).toBeVisible();
  await picture(laptop.page, 'devices');
  await row.getByRole('button', { name: 'Sign out' }).click();
  await expect(phone.page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await expect(row).toHaveCount(0);
  await expect.poll(() => phone.page.evaluate(rowsLeft)).toBe(0);
  await expect(laptop.page.getByText('This device')).toBeVisible();
});

test('[FD4] a removed member loses the organisation and its rows at once', async ({ desk, open, owner }) => {
  const bo = await joinAs(owner);
  const theirs = await open({ person: bo, path: desk.path });
  await theirs.screen.prompt();
  const mine = await open({ person: OWNER, path: '/settings/members' });
  const row = mine.page.getByRole('listitem').filter({ hasText: 'Bo Example' });
  await picture(mine.page, 'members');
  await row.getByRole('button', { name: 'Remove' }).click();
  const question = mine.page.getByRole('alertdialog', { name: 'Remove Bo Example?' });
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await question.getByRole('button', { name: 'Remove' }).click();
  await expect(row).toHaveCount(0);
  await expect(theirs.page.getByRole('tabpanel')).toHaveCount(0);
  await expect.poll(() => theirs.page.evaluate(rowsLeft)).toBe(0);
  await picture(theirs.page, 'no-organisation');
});

test('[SE2] roles: what one may not do is not offered', async ({ desk, open, owner }) => {
  const bo = await joinAs(owner);
  const { page, screen, url } = await open({ person: bo, path: desk.path });
  await screen.prompt();
  await page.goto(`${url}/settings/members`);
  await expect(page.getByRole('heading', { name: 'Members' })).toBeVisible();
  await expect(page.getByRole('main').getByText('Ana Example')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Remove' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Invite' })).toHaveCount(0);
  await page.goto(`${url}/settings/hosts`);
  await expect(page.getByRole('heading', { name: 'SSH hosts' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add a host' })).toHaveCount(0);
  // Made an admin, it is offered without a reload.
  await owner.api.call(endpoints.updateMember, {
    params: { org: owner.org, user: await userId(owner, bo.email) },
    body: { role: 'admin' },
  });
  await expect(page.getByRole('button', { name: 'Add a host' })).toBeVisible();
});

test('[SE3] an address of another organisation is as one that does not exist', async ({
  desk,
  open,
  owner,
}) => {
  const bo = await joinAs(owner);
  const { page, url } = await open({ person: bo });
  await page.getByRole('button', { name: 'Acme' }).click();
  await page.getByRole('menuitem', { name: 'New organisation' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Bo Ltd');
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('button', { name: 'Bo Ltd' })).toBeVisible();
  await owner.api.call(endpoints.removeMember, {
    params: { org: owner.org, user: await userId(owner, bo.email) },
  });
  await page.goto(url + desk.path);
  await expect(page.getByRole('heading', { name: 'This workspace is not here' })).toBeVisible();
});

test('[SE1] a token is shown once and works for a script', async ({ desk, open, server }) => {
  const { page } = await open({ person: OWNER, path: '/settings/tokens' });
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('deploy script');
  await dialog.getByLabel('It may').selectOption('write');
  await dialog.getByRole('button', { name: /^(Make|Create)/ }).click();
  await expect(page.getByRole('dialog', { name: 'Copy the token now' })).toBeVisible();
  const secret = (await page.getByText(/^porthole_[\w-]{20,}$/).textContent()) ?? '';
  await picture(page, 'token');
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByText('deploy script')).toBeVisible();
  await expect(page.getByText(secret)).toHaveCount(0);

  const exec = (token: string) =>
    fetch(`${server.url}/api/workspaces/${desk.workspace}/exec`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ command: 'echo from a script $((6 * 7))' }),
    });
  const answer = await exec(secret);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain('from a script 42');
  await page
    .getByRole('listitem')
    .filter({ hasText: 'deploy script' })
    .getByRole('button', { name: 'Revoke' })
    .click();
  await expect(page.getByText('deploy script')).toHaveCount(0);
  expect((await exec(secret)).status).toBe(401);
});

test('[SE1] a lost password: an owner makes a link, and what signed the person in before is over', async ({
  open,
  owner,
}) => {
  const bo = await joinAs(owner);
  const before = await open({ person: bo });
  await expect(before.page.getByRole('button', { name: 'Acme' })).toBeVisible();
  const mine = await open({ person: OWNER, path: '/settings/members' });
  await mine.page.getByRole('button', { name: 'A new password for Bo Example' }).click();
  await picture(mine.page, 'reset-ask');
  await mine.page.getByRole('dialog').getByRole('button', { name: 'Make link' }).click();
  const made = mine.page.getByRole('dialog', { name: 'Copy the link now' });
  const link = (await made.getByText(/\/reset#[\w-]{40,}$/).textContent()) ?? '';
  await picture(mine.page, 'reset-link');

  const phone = await open({ kind: 'iphone', path: '/sign-in' });
  await phone.page.getByText('Lost your password?').click();
  await expect(phone.page.getByText('npm run reset')).toBeVisible();
  await picture(phone.page, 'sign-in-lost');
  await phone.page.goto(link);
  await expect(phone.page.getByRole('heading', { name: 'New password' })).toBeVisible();
  await phone.page.getByLabel('Password').fill('quite another password');
  await picture(phone.page, 'reset');
  await phone.page.getByRole('button', { name: 'Save and sign in' }).click();
  await expect(phone.page.getByRole('heading', { name: 'New password' })).toHaveCount(0);
  await expect(phone.page).toHaveURL(/\/$/);
  await expect(before.page.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  // Once.
  const late = await open({ path: new URL(link).pathname + new URL(link).hash });
  await expect(late.page.getByRole('heading', { name: 'This link cannot be used' })).toBeVisible();
  await picture(late.page, 'reset-used');
});

async function userId(
  { api, org }: { api: import('../lib/api.ts').Api; org: string },
  email: string,
): Promise<string> {
  const { members } = await api.call(endpoints.listMembers, { params: { org } });
  return members.find((member) => member.email === email)?.id ?? '';
}

/** Runs in the page: how many rows the device keeps, of who is signed in apart. */
async function rowsLeft(): Promise<number> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('porthole');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  let count = 0;
  for (const table of database.objectStoreNames) {
    if (table === 'facts') continue;
    count += await new Promise<number>((resolve, reject) => {
      const request = database.transaction(table).objectStore(table).count();
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }
  database.close();
  return count;
}
