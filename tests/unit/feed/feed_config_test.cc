// What is set for Kafka: what does not go together is told by the names of the settings, and no secret is.
#include "server/feed/feed_config.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace tthc {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

Settings Read(const std::string& kafka) {
  auto read = Settings::Parse("[kafka]\n" + kafka, "");
  EXPECT_TRUE(std::holds_alternative<Settings>(read)) << kafka;
  return std::get<Settings>(std::move(read));
}
std::string Fault(const std::string& kafka) {
  const auto config = FeedConfig::From(Read(kafka));
  return config ? "" : config.error().message;
}
std::map<std::string, std::string> Properties(const FeedConfig& config) {
  const auto list = ReadingProperties(config.kafka, config.reading);
  return {list.begin(), list.end()};
}

const std::string kLeast = "brokers = [\"kafka-1:9092\", \"kafka-2:9092\"]\nonestop_topics = [\"onestop\"]\n";

TEST(FeedConfig, WithoutBrokersNothingIsRead) {
  EXPECT_FALSE(FeedConfig::From(Settings::Defaults())->has_value());
}

TEST(FeedConfig, OffsetsAreOursAndAGapIsNoJump) {
  const auto config = FeedConfig::From(Read(kLeast + "event_topics = [\"events\"]\n"));
  ASSERT_TRUE(config.has_value());
  EXPECT_THAT((*config)->reading.topics, testing::ElementsAre("onestop", "events"));
  auto properties = Properties(**config);
  EXPECT_EQ(properties["bootstrap.servers"], "kafka-1:9092,kafka-2:9092");
  EXPECT_EQ(properties["enable.auto.commit"], "false");
  EXPECT_EQ(properties["enable.auto.offset.store"], "false");
  EXPECT_EQ(properties["auto.offset.reset"], "error");
  EXPECT_EQ(properties["partition.assignment.strategy"], "range");
  EXPECT_EQ(properties["session.timeout.ms"], "45000");
  EXPECT_FALSE(properties.contains("sasl.username"));
  const auto writing = WritingProperties((*config)->kafka, (*config)->writing);
  EXPECT_THAT(writing, testing::Contains(testing::Pair("acks", "all")));
  EXPECT_THAT(writing, testing::Contains(testing::Pair("enable.idempotence", "true")));
}

TEST(FeedConfig, WhatDoesNotGoTogetherIsNamed) {
  const std::string brokers = "brokers = [\"k:9092\"]\n";
  EXPECT_THAT(Fault(brokers), HasSubstr("kafka.onestop_topics"));
  EXPECT_THAT(Fault(brokers + "onestop_topics = [\"^.*\"]"), HasSubstr("no name of a topic"));
  EXPECT_THAT(Fault(brokers + "onestop_topics = [\"a\"]\nevent_topics = [\"a\"]"), HasSubstr("twice"));
  EXPECT_THAT(Fault(kLeast + "dead_letter_topic = \"onestop\""), HasSubstr("kafka.dead_letter_topic"));
  EXPECT_THAT(Fault(kLeast + "security = \"tls\""), HasSubstr("kafka.security"));
  EXPECT_THAT(Fault(kLeast + "ca_file = \"/ca.pem\""), HasSubstr("kafka.security ssl"));
  EXPECT_THAT(Fault(kLeast + "security = \"ssl\"\nkey_file = \"/k.pem\""),
              HasSubstr("kafka.certificate_file and kafka.key_file"));
  EXPECT_THAT(Fault(kLeast + "security = \"sasl_ssl\""), HasSubstr("kafka.sasl_password_file"));
  EXPECT_THAT(Fault(kLeast + "sasl_user = \"me\""), HasSubstr("kafka.security sasl_ssl"));
  EXPECT_THAT(Fault(kLeast + "security = \"sasl_ssl\"\nsasl_user = \"me\"\nsasl_mechanism = \"MD5\""),
              HasSubstr("kafka.sasl_mechanism"));
  EXPECT_THAT(Fault(kLeast + "security = \"sasl_ssl\"\nsasl_user = \"me\"\n"
                             "sasl_password_file = \"/not/there\""),
              HasSubstr("/not/there cannot be opened"));
}

TEST(FeedConfig, ThePasswordIsTheFirstLineOfItsFileAndIsNeverTold) {
  std::string file = (fs::temp_directory_path() / "tthc_password_XXXXXX").string();
  close(mkstemp(file.data()));
  std::ofstream(file) << "s3cret-pass\r\nsecond line\n";
  const std::string sasl = "security = \"sasl_ssl\"\nsasl_user = \"me\"\nsasl_password_file = \"" + file + "\"\n";
  const auto config = FeedConfig::From(Read(kLeast + sasl));
  ASSERT_TRUE(config.has_value()) << config.error().message;
  auto properties = Properties(**config);
  EXPECT_EQ(properties["sasl.password"], "s3cret-pass");
  EXPECT_EQ(properties["security.protocol"], "sasl_ssl");
  EXPECT_EQ(properties["ssl.endpoint.identification.algorithm"], "https");
  EXPECT_THAT(Fault(kLeast + sasl + "sasl_mechanism = \"MD5\""), Not(HasSubstr("s3cret")));
  fs::permissions(file, fs::perms::others_read, fs::perm_options::add);
  EXPECT_THAT(Fault(kLeast + sasl), HasSubstr("can be read by everybody"));
  fs::permissions(file, fs::perms::others_read, fs::perm_options::remove);
  std::ofstream(file, std::ios::trunc) << "\n";
  EXPECT_THAT(Fault(kLeast + sasl), HasSubstr("is no password"));
  fs::remove(file);
}

}  // namespace
}  // namespace tthc
