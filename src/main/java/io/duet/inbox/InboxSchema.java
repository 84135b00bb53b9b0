package io.duet.inbox;

import org.infinispan.protostream.GeneratedSchema;
import org.infinispan.protostream.annotations.ProtoSchema;
import org.infinispan.protostream.types.java.CommonTypes;

/** What of this room travels between nodes. Found by the cluster through the service loader. */
@ProtoSchema(
        dependsOn = CommonTypes.class,
        includeClasses = {
            Holder.class,
            Holding.class,
            Held.class,
            Changes.Claim.class,
            Changes.Release.class,
            Changes.Reassert.class,
            Changes.Abandon.class
        },
        schemaFileName = "duet-inbox.proto",
        schemaFilePath = "io/duet",
        schemaPackageName = "io.duet.inbox")
interface InboxSchema extends GeneratedSchema {
    /** This room's types take 100,000 to 100,099. */
    int FIRST_TYPE_ID = 100_000;
}
