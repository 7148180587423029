/** The sign, at home on any ground. The same file is the app's icon. */
export function PortholeMark(props: { class?: string }) {
  return <img src="/icons/porthole.svg" alt="" class={props.class} draggable={false} />;
}
