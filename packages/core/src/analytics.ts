/** How the time of a period is cut for a chart. */
export const ANALYTICS_BUCKETS = ['hour', 'day'] as const
export type AnalyticsBucket = (typeof ANALYTICS_BUCKETS)[number]

/** Whose figures are told apart. */
export const ANALYTICS_GROUPS = ['printer', 'type', 'user'] as const
export type AnalyticsGroup = (typeof ANALYTICS_GROUPS)[number]

/** Longest period by bucket, in days; a clock that is put back within it may add an hour. */
export const ANALYTICS_MOST_DAYS = { hour: 31, day: 366 } as const satisfies Record<AnalyticsBucket, number>
