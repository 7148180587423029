// Refuses a Node that is too old, before anything newer is loaded. Import it first.
// Invariant: syntax that any Node with ES modules can read.
const floor = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < floor[0] || (major === floor[0] && minor < floor[1])) {
  console.error(`Porthole needs Node ${floor.join('.')} or newer; this is ${process.versions.node}.`);
  console.error('Get a newer one from https://nodejs.org, or with your version manager: nvm install 22');
  process.exit(1);
}
