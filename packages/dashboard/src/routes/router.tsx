import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import type { AnalyticsSearch } from '../features/analytics/view.ts'
import type { ErrorsSearch } from '../features/errors/groups.ts'
import { sessionQuery } from '../features/session/session.ts'
import { queries } from '../live/andon.ts'
import { NotFound, RouteError } from './missing.tsx'
import { readSearch, type SearchValues, text, writeSearch } from './search.ts'

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: RouteError })

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: SearchValues): { link?: string; next?: string; problem?: string } => ({
    ...text(search, 'link'),
    ...text(search, 'next'),
    ...text(search, 'problem'),
  }),
  component: lazyRouteComponent(() => import('./sign-in.tsx'), 'SignInPage'),
})

/** Everything behind it needs somebody who is signed in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  beforeLoad: async ({ location }) => {
    const session = await queries.ensureQueryData(sessionQuery)
    if (session === null) throw redirect({ to: '/sign-in', search: { next: location.href }, replace: true })
  },
  component: lazyRouteComponent(() => import('./inside.tsx'), 'Inside'),
})

const board = createRoute({
  getParentRoute: () => inside,
  path: '/board',
  component: lazyRouteComponent(() => import('./board.tsx'), 'BoardPage'),
})

const shell = createRoute({
  getParentRoute: () => inside,
  id: 'shell',
  component: lazyRouteComponent(() => import('../features/shell/shell.tsx'), 'Shell'),
})

const overview = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyRouteComponent(() => import('./overview.tsx'), 'OverviewPage'),
})

/** What the address of the jobs page holds: the whole view. */
export interface JobsSearch {
  readonly q?: string
  readonly group?: string
}

const jobs = createRoute({
  getParentRoute: () => shell,
  path: '/jobs',
  validateSearch: (search: SearchValues): JobsSearch => ({ ...text(search, 'q'), ...text(search, 'group') }),
  component: lazyRouteComponent(() => import('./jobs.tsx'), 'JobsPage'),
})

const errors = createRoute({
  getParentRoute: () => shell,
  path: '/errors',
  validateSearch: (search: SearchValues): ErrorsSearch => ({ ...text(search, 'period'), ...text(search, 'show') }),
  component: lazyRouteComponent(() => import('./errors.tsx'), 'ErrorsPage'),
})

const job = createRoute({
  getParentRoute: () => shell,
  path: '/jobs/$jobId',
  validateSearch: (search: SearchValues): { tab?: string } => ({ ...text(search, 'tab') }),
  component: lazyRouteComponent(() => import('./job.tsx'), 'JobPage'),
})

const printers = createRoute({
  getParentRoute: () => shell,
  path: '/printers',
  component: lazyRouteComponent(() => import('./printers.tsx'), 'PrintersPage'),
})

const stations = createRoute({
  getParentRoute: () => shell,
  path: '/stations',
  component: lazyRouteComponent(() => import('./stations.tsx'), 'StationsPage'),
})

/** `choose` is the name of the station that somebody wants this machine to be. */
const station = createRoute({
  getParentRoute: () => shell,
  path: '/station',
  validateSearch: (search: SearchValues): { choose?: string } => ({ ...text(search, 'choose') }),
  component: lazyRouteComponent(() => import('./station.tsx'), 'StationPage'),
})

const printer = createRoute({
  getParentRoute: () => shell,
  path: '/printers/$name',
  component: lazyRouteComponent(() => import('./printer.tsx'), 'PrinterPage'),
})

/** What the address of the floor holds: the beginning of a runlist's name. */
const floor = createRoute({
  getParentRoute: () => shell,
  path: '/floor',
  validateSearch: (search: SearchValues): { q?: string } => ({ ...text(search, 'q') }),
  component: lazyRouteComponent(() => import('./floor.tsx'), 'FloorPage'),
})

/** The whole view of a runlist: what the rows are, which of them, and a part of their names. */
export interface RunlistSearch {
  readonly rows?: string
  readonly show?: string
  readonly q?: string
}

const runlist = createRoute({
  getParentRoute: () => shell,
  path: '/floor/runlists/$runlistId',
  validateSearch: (search: SearchValues): RunlistSearch => ({
    ...text(search, 'rows'),
    ...text(search, 'show'),
    ...text(search, 'q'),
  }),
  component: lazyRouteComponent(() => import('./floor-runlist.tsx'), 'RunlistPage'),
})

const floorJob = createRoute({
  getParentRoute: () => shell,
  path: '/floor/jobs/$floorJobId',
  component: lazyRouteComponent(() => import('./floor-job.tsx'), 'FloorJobPage'),
})

const imposition = createRoute({
  getParentRoute: () => shell,
  path: '/floor/impositions/$impositionId',
  component: lazyRouteComponent(() => import('./floor-imposition.tsx'), 'ImpositionPage'),
})

const workers = createRoute({
  getParentRoute: () => shell,
  path: '/workers',
  component: lazyRouteComponent(() => import('./workers.tsx'), 'WorkersPage'),
})

const schedules = createRoute({
  getParentRoute: () => shell,
  path: '/schedules',
  component: lazyRouteComponent(() => import('./schedules.tsx'), 'SchedulesPage'),
})

const analytics = createRoute({
  getParentRoute: () => shell,
  path: '/analytics',
  validateSearch: (search: SearchValues): AnalyticsSearch => search,
  component: lazyRouteComponent(() => import('./analytics.tsx'), 'AnalyticsPage'),
})

const alerts = createRoute({
  getParentRoute: () => shell,
  path: '/alerts',
  component: lazyRouteComponent(() => import('./alerts.tsx'), 'AlertsPage'),
})

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  validateSearch: (search: SearchValues): { tab?: string; problem?: string } => ({
    ...text(search, 'tab'),
    ...text(search, 'problem'),
  }),
  component: lazyRouteComponent(() => import('./settings.tsx'), 'SettingsPage'),
})

/** Every address of the dashboard. */
export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    inside.addChildren([
      board,
      shell.addChildren([
        overview,
        jobs,
        errors,
        job,
        printers,
        printer,
        stations,
        station,
        floor,
        runlist,
        floorJob,
        imposition,
        workers,
        schedules,
        analytics,
        alerts,
        settings,
      ]),
    ]),
  ]),
  parseSearch: readSearch,
  stringifySearch: writeSearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
