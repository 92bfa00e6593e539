import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;

/** Java's own consumer: SERVERS TOPIC PARTITIONS. A line of JSON for each record there is; bytes are in hexadecimal. */
class Read {
    static String quoted(byte[] bytes) {
        return bytes == null ? "null" : '"' + HexFormat.of().formatHex(bytes) + '"';
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, Object> options = new HashMap<>();
        options.put("bootstrap.servers", arguments[0]);
        options.put("key.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        options.put("value.deserializer", "org.apache.kafka.common.serialization.ByteArrayDeserializer");
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(arguments[2]); i++) partitions.add(new TopicPartition(arguments[1], i));
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(options)) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    StringJoiner headers = new StringJoiner(",", "[", "]");
                    for (Header header : record.headers()) {
                        headers.add("[" + quoted(header.key().getBytes("UTF-8")) + "," + quoted(header.value()) + "]");
                    }
                    System.out.printf(
                        "[%d,%d,%d,\"%s\",%s,%s,%s]%n", record.partition(), record.offset(), record.timestamp(),
                        record.timestampType(), quoted(record.key()), quoted(record.value()), headers);
                }
            }
        }
    }
}
