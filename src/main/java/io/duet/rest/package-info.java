/**
 * What every REST resource stands on: the application at {@code /api}, JSON in and out, problem details, bearer tokens,
 * origins, paging. Resources themselves live in the room that they show. No tables, no caches.
 *
 * <p>A resource is a {@code @Singleton final class} with {@code @Path}; it takes records, gives records (or a {@code
 * Response} with one), throws {@link io.duet.rest.ApiException}, and reads its caller by {@link io.duet.rest.Caller#of} and
 * its query by {@link io.duet.rest.QueryParams}. Identifiers in a path may be declared as {@code @PathParam UUID}.
 */
package io.duet.rest;
