/** Pure: what of a workspace is on its machine beside its own folder. Relative to the home folder. */

/** What its bridge keeps: the log and the socket, and what was attached to prompts. Goes with the workspace. */
export const bridgeStateFolder = (workspaceId: string): string => `.porthole/bridges/${workspaceId}`;
