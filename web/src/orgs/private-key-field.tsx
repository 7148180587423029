import { TextArea } from '../ui/field.tsx';

type Props = Omit<Parameters<typeof TextArea>[0], 'label'>;

/** One of their own, or none: then the server makes a pair. */
export function PrivateKeyField(props: Props) {
  return (
    <TextArea
      label="Private key"
      aside="optional"
      mono
      placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
      {...props}
    />
  );
}
