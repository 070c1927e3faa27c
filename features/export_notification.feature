Feature: Export notification
  An export that ends, well or badly, sends an Export message to the
  project's queue, with the address of the model.
  Guide: "Get model export backups".

  @CVSI-EXPORT-01 @must @notifications
  Rule: An export that completes sends an Export message

    Scenario: A completed export is announced in the queue
      Given a project with a notification queue
      And it has been trained
      When its export completes
      Then the queue holds an Export message

  @CVSI-EXPORT-02 @must @notifications
  Rule: The message of a completed export has the documented form and the right ids

    Scenario: The Export message has every documented member
      Given a project with a notification queue
      And it has been trained
      When its export completes
      Then every Export message has the documented form
      And the Export message names that project and that iteration

  @CVSI-EXPORT-03 @must @notifications
  Rule: An export that succeeds says ExportCompleted

    Scenario: A successful export says ExportCompleted
      Given a project with a notification queue
      And it has been trained
      When its export completes
      Then the Export message says ExportCompleted

  @CVSI-EXPORT-04 @must @notifications @provoked-export-failure
  Rule: An export that fails says ExportFailed

    Scenario: A failed export says ExportFailed
      Given a project whose exports fail
      And it has been trained
      When its export fails
      Then the Export message says ExportFailed
      And the Export message names that project and that iteration

  @CVSI-EXPORT-05 @must @notifications @backup
  Rule: With a container, modelUri is the URL of the backup

    Scenario: modelUri leads to the backup blob
      Given a project with both integrations
      And it has been trained
      When its export completes
      Then modelUri is the URL of the backup

  @CVSI-EXPORT-06 @must @notifications
  Rule: Without a container, modelUri is a SAS URL of the service's own model blob

    Scenario: modelUri of a project with a queue alone can be downloaded
      Given a project with only a notification queue
      And it has been trained
      When its export completes
      Then modelUri is a SAS URL that downloads the exported model

  @CVSI-EXPORT-07 @should @notifications @backup
  Rule: The backup is complete at modelUri by the time the message can be read

    Scenario: The backup precedes the Export message
      Given a project with both integrations
      And it has been trained
      When its export completes
      Then the backup was complete before the Export message was stored
      And the backup was there when modelUri was followed

  @CVSI-EXPORT-08 @must @notifications
  Rule: The Export message is not early

    Scenario: The Export message comes when the export is over
      Given a project with a notification queue
      And it has been trained
      When its export completes
      Then the Export message was not stored before ExportIteration answered
      And the export was over when the Export message was stored

  @CVSI-EXPORT-09 @should @notifications
  Rule: Each export sends exactly one Export message of its own

    Scenario: An export sends a single message
      Given a project with a notification queue
      And it has been trained
      When its export completes
      Then the export sent exactly one Export message

    Scenario: Exports to two platforms send two messages
      Given a project with a notification queue
      And it has been trained
      And it has been exported
      When its export to another platform completes
      Then each export sent exactly one Export message
