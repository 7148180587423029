import { render } from 'solid-js/web';
import { afterEach, expect, it, vi } from 'vitest';
import { createFields } from '../auth/fields.ts';
import { ApiError } from '../net/api-error.ts';
import { TextField } from '../ui/field.tsx';
import { PageForm } from './forms.tsx';

let dispose = () => {};
afterEach(() => {
  dispose();
  document.body.replaceChildren();
});

function show(answer: () => Promise<unknown>) {
  dispose = render(() => {
    const form = createFields({ address: '', port: '22' });
    return (
      <PageForm
        form={form}
        action="Add"
        complete={form.filled('address')}
        onSubmit={() => void form.submit(answer)}
      >
        <TextField label="Port" name="port" {...form.field('port')} />
        <TextField label="Address" name="address" {...form.field('address')} />
      </PageForm>
    );
  }, document.body);
  const input = (name: string) => document.querySelector<HTMLInputElement>(`[name=${name}]`)!;
  return {
    input,
    write(name: string, text: string): void {
      input(name).value = text;
      input(name).dispatchEvent(new Event('input', { bubbles: true }));
    },
    send: () =>
      document.querySelector('form')!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })),
    alerts: () => [...document.querySelectorAll('[role=alert]')].map((one) => one.textContent),
  };
}

const refused = (fields: Record<string, string>) => () =>
  Promise.reject(new ApiError('bad_request', 'Something is wrong', { fields }));

it('shows what the server says of a field at that field, goes there, and takes it back when that is changed', async () => {
  const { input, write, send, alerts } = show(refused({ address: 'is no address' }));
  write('address', 'bad address!');
  send();
  await vi.waitFor(() => expect(alerts()).toEqual(['is no address']));
  expect(input('address').getAttribute('aria-invalid')).toBe('true');
  await vi.waitFor(() => expect(document.activeElement).toBe(input('address')));
  write('address', 'good');
  expect(alerts()).toEqual([]);
  send();
  await vi.waitFor(() => expect(alerts()).toEqual(['is no address']));
});

it('says above the fields what none of them shows', async () => {
  const { write, send, alerts } = show(refused({ elsewhere: 'is wrong' }));
  write('address', 'a');
  send();
  await vi.waitFor(() => expect(alerts()).toEqual(['Something is wrong']));
});

it('sends nothing by Enter that its button would not send', () => {
  const answer = vi.fn(() => Promise.resolve());
  const { write, send } = show(answer);
  send();
  write('address', '  ');
  send();
  expect(answer).not.toHaveBeenCalled();
  write('address', 'a');
  send();
  expect(answer).toHaveBeenCalledOnce();
});
