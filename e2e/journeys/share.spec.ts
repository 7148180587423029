/** Two people in one terminal: a laptop, and a phone that joined by a link. */
import type { Locator } from '@playwright/test';
import { expect, inviteLink, joinAs, OWNER, picture, test } from '../fixtures.ts';

test('[TR1][TR8] a second person joins by a link on a phone: one screen, both type, and the phone leaves the size alone', async ({
  desk,
  open,
  owner,
}) => {
  const laptop = await open({ person: OWNER, path: desk.path });
  await laptop.screen.prompt();
  await laptop.screen.run('stty size', /^\d+ \d+$/m);
  const size = /^(\d+) (\d+)$/m.exec((await laptop.screen.rows()).join('\n')) as RegExpExecArray;
  const [, rows, cols] = size;

  const link = new URL(await inviteLink(owner));
  const phone = await open({ kind: 'iphone', path: link.pathname + link.hash });
  await expect(phone.page.getByRole('heading', { name: 'Join Acme' })).toBeVisible();
  await picture(phone.page, 'phone-join');
  await phone.page.getByLabel('Your name').fill('Bo Example');
  await phone.page.getByLabel('E-mail').fill('bo@example.com');
  await phone.page.getByLabel('Password').fill('a password of some length');
  await phone.page.getByRole('button', { name: 'Join' }).click();
  await picture(phone.page, 'phone-list');
  await phone.page.getByRole('link', { name: /Running/ }).click();
  await phone.screen.prompt();
  expect(await phone.screen.rows()).toEqual(await laptop.screen.rows());
  await expect(laptop.screen.statusBar.getByTitle(/Bo Example · phone/)).toBeVisible();
  const offer = phone.screen.panel.locator('.term-offer');
  await expect(offer).toContainText(`${cols}×${rows} on Ana’s laptop`);

  // Size: attaching has not changed it.
  await laptop.screen.run('clear; stty size', new RegExp(`^${rows} ${cols}$`, 'm'));
  await phone.screen.shows(new RegExp(`^${rows} ${cols}$`, 'm'));

  // Typing appears at the other, with a name.
  await laptop.screen.type('echo from the laptop');
  await phone.screen.shows('echo from the laptop');
  await expect(phone.screen.statusBar).toContainText('Ana Example types');
  await laptop.page.keyboard.press('Enter');
  await phone.screen.shows(/^from the laptop$/m);
  await picture(phone.page, 'phone-foreign-size');
  await picture(laptop.page, 'two-people');

  // The phone takes the size when it is asked to.
  await offer.getByRole('button', { name: 'Fit to this screen' }).click();
  await expect(offer).toBeHidden();
  await expect(laptop.screen.statusBar).toContainText('on Bo’s phone');
  await picture(laptop.page, 'laptop-foreign-size');
  await picture(phone.page, 'phone-own-size');
  await laptop.screen.statusBar.getByRole('button', { name: 'Fit to this screen' }).click();
  await laptop.screen.run('clear; stty size', new RegExp(`^${rows} ${cols}$`, 'm'));

  // And the phone's typing at the laptop.
  await phone.screen.type('echo from the phone');
  await laptop.screen.shows('echo from the phone');
  await phone.page.keyboard.press('Enter');
  await laptop.screen.shows(/^from the phone$/m);
});

test('[TR8] on a phone a grid sized elsewhere is whole, in the middle, with the offer right beneath', async ({
  desk,
  open,
}) => {
  const laptop = await open({ person: OWNER, path: desk.path });
  await laptop.screen.prompt();
  const phone = await open({ person: OWNER, kind: 'iphone', path: desk.path });
  await phone.screen.prompt();
  const box = async (locator: Locator) => {
    const found = await locator.boundingBox();
    if (!found) throw new Error('not on the screen');
    return { ...found, bottom: found.y + found.height };
  };
  const room = await box(phone.screen.panel.locator('.term-room'));
  const grid = await box(phone.screen.panel.locator('.term-grid'));
  const offer = await box(phone.screen.panel.locator('.term-offer'));
  expect(grid.width).toBeLessThanOrEqual(room.width);
  expect(Math.abs(grid.y - room.y - (room.bottom - offer.bottom))).toBeLessThan(2);
  expect(offer.y - grid.bottom).toBeLessThan(24);
  // Two rows above it: the workspace, and the tabs with what the terminal says of itself.
  const header = await box(phone.page.locator('header').first());
  const panel = await box(phone.screen.panel);
  expect(panel.y - header.bottom).toBeLessThanOrEqual(45);
  const status = await box(phone.screen.statusBar);
  expect(status.y).toBeGreaterThan(header.bottom - 1);
  expect(status.bottom).toBeLessThan(panel.y + 1);
});

test('[TR1] whoever may only look, looks', async ({ desk, open, owner }) => {
  const bo = await joinAs(owner);
  const laptop = await open({ person: OWNER, path: desk.path });
  const other = await open({ person: bo, path: desk.path });
  await laptop.screen.prompt();
  await other.screen.prompt();
  await laptop.page.getByRole('button', { name: 'Terminal actions' }).click();
  await laptop.page.getByRole('menuitem', { name: /Others may type/ }).click();
  await expect(other.screen.statusBar).toContainText('View only');

  await other.screen.type('echo intruder');
  await expect(other.screen.panel.getByText('View only: your keys are not sent.')).toBeVisible();
  await picture(other.page, 'view-only');
  await laptop.screen.run('echo looked $((3 + 4))', 'looked 7');
  await other.screen.shows('looked 7');
  expect((await other.screen.rows()).join('\n')).not.toContain('intruder');
  await expect(other.screen.statusBar.getByRole('button', { name: /Fit/ })).toBeHidden();

  await laptop.page.getByRole('button', { name: 'Terminal actions' }).click();
  await laptop.page.getByRole('menuitem', { name: /Others may type/ }).click();
  await expect(other.screen.statusBar).not.toContainText('View only');
  await other.screen.run('echo welcome $((4 + 4))', 'welcome 8');
  await laptop.screen.shows('welcome 8');
});

test('[PR2] who is here, on which device and where, is seen by the others and ends when they leave', async ({
  desk,
  open,
  owner,
}) => {
  const bo = await joinAs(owner);
  const laptop = await open({ person: OWNER, path: desk.path });
  await laptop.screen.prompt();
  const phone = await open({ person: bo, kind: 'pixel', path: desk.path });
  await phone.screen.current();
  const details = laptop.page.getByRole('complementary', { name: 'Details' });
  const person = details.getByRole('listitem').filter({ hasText: 'Bo Example' });
  await expect(person.first()).toContainText('phone');
  await expect(
    laptop.page
      .getByRole('list', { name: 'Here now' })
      .getByText(/^Bo Example, on/)
      .first(),
  ).toBeAttached();
  await phone.context.close();
  await expect(person).toHaveCount(0);
  await expect(laptop.screen.statusBar.getByTitle(/Bo Example/)).toHaveCount(0);
});
