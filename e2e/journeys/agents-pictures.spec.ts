/** Pictures that an agent makes: seen where they were made and beside the session, on a laptop and on a phone. */

import type { Page } from '@playwright/test';
import { endpoints } from '@porthole/shared/http';
import { expect, OWNER, picture, test } from '../fixtures.ts';
import { Conversation, logOf } from '../lib/conversation.ts';

/** A PNG of one colour, written by node alone, as a screenshot of a test would be. */
const SHOT =
  "run node -e \"const z=require('zlib'),c=t=>{let s=-1;for(const b of t){s^=b;for(let i=0;i<8;i++)s=s>>>1^(s&1&&0xedb88320)}return~s>>>0}," +
  'k=(n,d)=>{const b=Buffer.concat([Buffer.from(n),d]),o=Buffer.alloc(d.length+12);o.writeUInt32BE(d.length);b.copy(o,4);' +
  "o.writeUInt32BE(c(b),d.length+8);return o},h=Buffer.from('000005a000000384080200000000','hex').subarray(0,13)," +
  "r=Buffer.alloc(1+1440*3,90);r[0]=0;const w=Buffer.concat(Array(900).fill(r));require('fs').mkdirSync('shots',{recursive:true});" +
  "require('fs').writeFileSync('shots/login-page.png',Buffer.concat([Buffer.from('89504e470d0a1a0a','hex'),k('IHDR',h),k('IDAT',z.deflateSync(w)),k('IEND',Buffer.alloc(0))]))\"";

const drawn = (page: Page) =>
  page
    .getByRole('article', { name: 'Picture' })
    .locator('img')
    .evaluateAll((all) => all.map((each) => (each as HTMLImageElement).naturalWidth));

test('pictures of a tool and of the checkout are shown where they were made, large at a press, and beside the session', async ({
  desk,
  open,
  owner,
}) => {
  const laptop = await open({ person: OWNER, path: `/w/${desk.workspace}/s/new` });
  const first = laptop.page.getByRole('textbox', { name: 'Ask an agent' });
  const svg =
    'edit drawing.svg <svg xmlns="http://www.w3.org/2000/svg"><script>window.bad = 1</script></svg>';
  await first.fill(`say Two pictures follow\nimage\n${SHOT}\n${svg}\nsay Done`);
  await laptop.page.getByRole('button', { name: 'Send', exact: true }).click();
  const ana = new Conversation(laptop.page);
  await expect(ana.timeline.getByText('Done', { exact: true })).toBeVisible({ timeout: 30_000 });
  const shots = laptop.page.getByRole('article', { name: 'Picture' });
  await expect(shots).toHaveCount(2);
  await expect.poll(() => drawn(laptop.page)).toEqual(expect.arrayContaining([96, 1440]));
  await expect(ana.timeline).toContainText('shots/login-page.png');
  await expect(ana.timeline).toContainText('1440 × 900');
  const inLog = (await logOf(owner.api, ana.id)).flatMap((event) =>
    event.type === 'artifact' ? [event.artifact.title] : [],
  );
  expect(inLog.toSorted()).toEqual(['Draw a picture', 'shots/login-page.png']);
  await laptop.page.getByRole('button', { name: 'Show shots/login-page.png large' }).first().hover();
  await picture(laptop.page, 'pictures-laptop');

  // Large, in its own size, and back to where one was.
  await shots.getByRole('button', { name: 'Show shots/login-page.png large' }).click();
  const large = laptop.page.getByRole('dialog', { name: /shots\/login-page\.png/ });
  await expect(large.getByRole('img')).toBeVisible();
  const box = await large.getByRole('img').boundingBox();
  expect(box!.width / box!.height, 'whole, in its shape').toBeCloseTo(1.6, 1);
  expect(box!.y + box!.height, 'on the screen').toBeLessThanOrEqual(900);
  await picture(laptop.page, 'pictures-large-laptop');
  const address = await large.getByRole('link', { name: 'Open in a tab' }).getAttribute('href');
  await large.getByRole('button', { name: 'Show it in its own size' }).click();
  await expect.poll(async () => (await large.getByRole('img').boundingBox())!.width).toBe(1440);
  await laptop.page.keyboard.press('Escape');
  await expect(large).toBeHidden();
  await expect(shots.getByRole('button', { name: 'Show shots/login-page.png large' })).toBeFocused();

  // Alone in a tab it is a picture in no origin.
  const tab = await laptop.context.newPage();
  const answer = await tab.goto(laptop.url + address);
  expect(answer!.headers()['content-type']).toBe('image/png');
  expect(answer!.headers()['content-security-policy']).toContain('sandbox');
  expect(await tab.evaluate(() => [document.images.length, window.origin])).toEqual([1, 'null']);
  await tab.close();

  const phone = await open({
    person: OWNER,
    kind: 'iphone',
    path: `/w/${desk.workspace}/s/${ana.id}`,
  });
  const there = phone.page.getByRole('article', { name: 'Picture' });
  await expect.poll(() => drawn(phone.page)).toEqual(expect.arrayContaining([96, 1440]));
  const width = (await there.last().locator('img').boundingBox())!.width;
  expect(width, 'within the screen').toBeLessThanOrEqual(390);
  await picture(phone.page, 'pictures-phone');
  await there.getByRole('button', { name: 'Show shots/login-page.png large' }).tap();
  const full = phone.page.getByRole('dialog', { name: /shots\/login-page\.png/ });
  await expect(full.getByRole('img')).toBeVisible();
  await picture(phone.page, 'pictures-large-phone');
  for (const button of [full.getByRole('button', { name: 'Close' }), full.getByRole('link')])
    await expect
      .poll(async () => (await button.boundingBox())?.height, 'for a thumb')
      .toBeGreaterThanOrEqual(44);
  await full.getByRole('button', { name: 'Close' }).tap();
  await expect(full).toBeHidden();

  // The server has it for scripts as well.
  const { head } = await owner.api.call(endpoints.getSession, { params: { session: ana.id } });
  expect(head.artifacts.map(({ kind }) => kind)).toEqual(['screenshot', 'screenshot']);
});
