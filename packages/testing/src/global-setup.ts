/** Vitest's global set-up: nothing to prepare until a test asks for a database. */
export default function setup(): void {}
