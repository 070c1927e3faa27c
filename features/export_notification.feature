Feature: Export notification
  An export that completes or fails sends an Export message to the project's
  queue. The message has the address of the model.
  Guide: "Get model export backups".

  @CVSI-EXPORT-01 @must @notifications
  Rule: An export that completes sends an Export message to the queue

    Scenario: A completed export sends a message
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then the queue holds an Export message

  @CVSI-EXPORT-02 @must @notifications
  Rule: The message of a completed export matches the documented schema
    Its `version` is "1.0", its `type` is "Export", and `Content` has `projectId`, `iterationId`, `exportStatus` and
    `modelUri`. All members are spelled exactly like this.

    Scenario: The Export message has every documented member
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then every Export message matches the documented schema

  @CVSI-EXPORT-03 @must @notifications
  Rule: The message of an export that completed has exportStatus "ExportCompleted"

    Scenario: The message of a completed export has exportStatus "ExportCompleted"
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then the Export message has exportStatus "ExportCompleted"

  @CVSI-EXPORT-04 @must @notifications @provoked-export-failure
  Rule: The message of an export that failed has exportStatus "ExportFailed"
    It has both ids; `modelUri` may be null or absent. The requirement applies if an export can be made to fail.

    Scenario: The message of a failed export has exportStatus "ExportFailed"
      Given a project whose exports fail
      And it has been trained
      When it is exported and the export fails
      Then the Export message has exportStatus "ExportFailed"
      And the Export message has the ids of the project and of the exported iteration

  @CVSI-EXPORT-05 @must @notifications @backup
  Rule: With a container, modelUri is the URL of the backup blob in it
    Account, container and decoded blob name are those of the backup. An address by which only the service reaches the
    storage counts as the address of that storage.

    Scenario: modelUri is the URL of the backup blob
      Given a project with a queue and a container
      And it has been trained
      When it is exported and the export completes
      Then modelUri is the URL of the backup

  @CVSI-EXPORT-06 @must @notifications
  Rule: Without a container, modelUri is a SAS URL of the service's own model blob
    It can be downloaded without a credential. It has the parameter `sig`, and either `si` or an `se` that is a valid
    time in the future.

    Scenario: modelUri of a project with a queue and no container can be downloaded
      Given a project with a queue and no container
      And it has been trained
      When it is exported and the export completes
      Then modelUri is a SAS URL that downloads the exported model

  @CVSI-EXPORT-07 @should @notifications @backup
  Rule: The backup is complete at modelUri when the Export message can be read

    Scenario: The backup precedes the Export message
      Given a project with a queue and a container
      And it has been trained
      When it is exported and the export completes
      Then the backup was complete before the Export message was stored
      And modelUri could be downloaded as soon as the message was read

  @CVSI-EXPORT-08 @must @notifications
  Rule: The Export message is not early
    It is not stored before ExportIteration has responded. From the moment that it was stored, the status of the export
    in GetExports becomes final within the budget `status-lag`.

    Scenario: The Export message is sent after the export has finished
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then the Export message was not stored before ExportIteration had responded
      And the export had finished when the Export message was stored

  @CVSI-EXPORT-09 @should @notifications
  Rule: Each export sends exactly one Export message of its own

    Scenario: An export sends a single message
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then the export sent exactly one Export message

    Scenario: Exports to two platforms send two messages
      Given a project with storage integration
      And it has been trained
      And it has been exported
      When it is exported to another platform and the export completes
      Then each export sent exactly one Export message

  @CVSI-EXPORT-10 @should
  Rule: ExportIteration responds 200

    Scenario: An export is started
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then the response status is 200

  @CVSI-EXPORT-11 @must @notifications
  Rule: The Export message has the ids of the project and of the exported iteration

    Scenario: The iteration id in the message is that of the exported iteration
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then the Export message has the ids of the project and of the exported iteration

  @CVSI-EXPORT-12 @should @notifications
  Rule: modelUri is a valid absolute URI by RFC 3986
    It has a scheme and a host. Spaces and other characters that a URI must not contain are percent-encoded.

    @backup
    Scenario: modelUri of a project with a queue and a container is valid
      Given a project with a queue and a container
      And it has been trained
      When it is exported and the export completes
      Then modelUri is a valid absolute URI

    Scenario: modelUri of a project with a queue and no container is valid
      Given a project with a queue and no container
      And it has been trained
      When it is exported and the export completes
      Then modelUri is a valid absolute URI
