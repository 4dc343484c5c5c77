export { IndexedJournal } from './indexed-journal.ts'
export { PageStation } from './page-station.ts'
export type { DrivingState, PageOrder, PageProblem, PageState } from './page-state.ts'
