import { TextField } from '../ui/field.tsx';

/** As the server has it. */
export const PASSWORD_MIN = 10;

interface Field {
  value: string;
  error: string | undefined;
  onInput: (event: { currentTarget: { value: string } }) => void;
}

/** Who somebody new is: the first person, or one who was invited. */
export function PersonFields(props: {
  autofocus: boolean;
  field: (name: 'name' | 'email' | 'password') => Field;
}) {
  return (
    <>
      <TextField
        label="Your name"
        name="name"
        autocomplete="name"
        autocapitalize="words"
        required
        autofocus={props.autofocus}
        {...props.field('name')}
      />
      <EmailField {...props.field('email')} />
      <NewPasswordField {...props.field('password')} />
    </>
  );
}

export function NewPasswordField(props: Field & { autofocus?: boolean }) {
  return (
    <TextField
      label="Password"
      type="password"
      name="password"
      autocomplete="new-password"
      required
      minlength={PASSWORD_MIN}
      hint={`At least ${PASSWORD_MIN} characters. Long is strong; nothing else is asked.`}
      {...props}
    />
  );
}

export function EmailField(props: Field & { autofocus?: boolean }) {
  return <TextField label="E-mail" type="email" name="email" autocomplete="username" required {...props} />;
}
