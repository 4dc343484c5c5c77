/** By what everything of the demonstration is known again. */
export const DEMO_ACCOUNT = 'demo-erp'
export const DEMO_ACTOR = { name: 'demonstration' }
/** The setting that says that the history was filled in. */
export const DEMO_SETTING = 'demo'
