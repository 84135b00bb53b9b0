/** What is in {@code deploy/}, held against the tools and schemas that it is for. Nothing here needs a network. */
package io.duet.deployment;
