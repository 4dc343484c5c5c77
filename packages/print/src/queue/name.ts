/** Every device job of ours has a name that begins so. */
export const NAME_PREFIX = 'andon:'
