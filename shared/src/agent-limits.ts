/** Bounds of agent sessions that both ends import. SPEC.md, AG. Units are in the names. */

/** A prompt's text, in UTF-16 units. */
export const PROMPT_CHARS = 100_000;
export const MAX_QUEUED_PROMPTS = 50;
export const MAX_ATTACHMENTS = 10;
export const ATTACHMENT_BYTES = 10 * 1024 * 1024;
/** A picture that an agent has made. */
export const IMAGE_BYTES = 4 * 1024 * 1024;
/** Pictures that a session keeps: with a further one the oldest goes. */
export const MAX_SESSION_IMAGES = 100;
export const MAX_SESSION_IMAGE_BYTES = 100 * 1024 * 1024;
/** Things that came of a session: the newest are listed. */
export const MAX_ARTIFACTS = 200;
export const MAX_SESSIONS_PER_WORKSPACE = 200;
/** Tool calls of a turn that run at once, and questions and answers that are kept: the newest. */
export const MAX_OPEN_CALLS = 200;
export const MAX_OPEN_QUESTIONS = 50;
export const MAX_KEPT_ANSWERS = 200;
/** Answers that a session remembers: with a further one the oldest goes. */
export const MAX_PERMISSION_RULES = 100;
/** A command that a question shows whole; of a longer one it shows the title. UTF-16 units. */
export const ASKED_COMMAND_CHARS = 2_000;

/** One text of an event (a tool's output, a message): what is longer keeps its beginning and its end. UTF-16 units. */
export const EVENT_TEXT_CHARS = 64 * 1024;
/**
 * What a machine names: calls, questions, artifacts; and what is read in a line or a box: titles, faults. Bridges keep
 * below these; of a longer one the beginning counts. UTF-16 units.
 */
export const NAME_CHARS = 500;
export const TITLE_CHARS = 1_000;
export const FAULT_CHARS = 2_000;
export const DETAILS_CHARS = 8_000;
export const URL_CHARS = 4_000;
/** One event as JSON. A longer one is refused by whoever would store it. UTF-16 units. */
export const EVENT_CHARS = 512 * 1024;
/** Events in one frame or page at the most. */
export const EVENT_PAGE = 500;

/** Unacknowledged events that a bridge keeps on disk. Beyond it events are dropped and counted (`overflow`). */
export const SPOOL_BYTES = 64 * 1024 * 1024;
/** One line between proxy and bridge. */
export const BRIDGE_LINE_CHARS = 24 * 1024 * 1024;
/** All files of one prompt: they go to the bridge with its text, as base 64 (4 for 3), in one line. */
export const PROMPT_FILE_BYTES = 17 * 1024 * 1024;

/** An agent that was asked to stop has so long to confirm, before its process is ended. */
export const STOP_GRACE_MS = 10_000;
/** Heartbeat of a bridge that connects by itself. */
export const BRIDGE_PING_MS = 30_000;

/** A viewer that is further behind than this gets no deltas; the whole text follows when it reads again. */
export const VIEWER_BACKLOG_BYTES = 1024 * 1024;
export const MAX_VIEWERS_PER_SESSION = 64;
