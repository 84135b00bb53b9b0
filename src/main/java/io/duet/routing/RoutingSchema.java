package io.duet.routing;

import org.infinispan.protostream.GeneratedSchema;
import org.infinispan.protostream.annotations.ProtoSchema;
import org.infinispan.protostream.types.java.CommonTypes;

/** What of this room travels between nodes. Found by the cluster through the service loader. */
@ProtoSchema(
        dependsOn = CommonTypes.class,
        includeClasses = {Topic.class, Topic.Listen.class, Topic.Leave.class, Topic.Prune.class, Carry.class},
        schemaFileName = "duet-routing.proto",
        schemaFilePath = "io/duet",
        schemaPackageName = "io.duet.routing")
interface RoutingSchema extends GeneratedSchema {
    /** This room's types take 100,100 to 100,199. */
    int FIRST_TYPE_ID = 100_100;
}
