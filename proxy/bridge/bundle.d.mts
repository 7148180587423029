export function bundleBridge(): Promise<string>;
