Feature: Model backup
  Every export leaves a copy of the exported model in the project's container.
  Guide: "Get model export backups".

  @CVSI-BACKUP-01 @must @backup
  Rule: The backup is named "{projectId} - {iterationId}.{platformType}"

    Scenario: An export leaves a backup under the documented name
      Given a project with a backup container
      And it has been trained
      When its export completes
      Then the container holds the backup

  @CVSI-BACKUP-02 @must @backup
  Rule: The backup is a copy of the exported model

    Scenario: The backup holds what the export's link gives
      Given a project with a backup container
      And it has been trained
      When its export completes
      Then the backup is a copy of the exported model

  @CVSI-BACKUP-03 @should @backup
  Rule: The backup is the exported model byte for byte, complete when first seen

    Scenario: The backup has the bytes of the export's link
      Given a project with a backup container
      And it has been trained
      When its export completes
      Then the backup has the very bytes of the exported model
      And the backup was complete when first seen

  @CVSI-BACKUP-04 @must @backup
  Rule: Every platform that the domain can export is backed up

    Scenario Outline: An export as <platform> leaves a backup
      Given a project with a backup container
      And it has been trained
      When its export as <platform> completes
      Then the container holds the backup
      And the backup is a copy of the exported model

      Examples:
        | platform   |
        | CoreML     |
        | TensorFlow |
        | ONNX       |
        | DockerFile |
        | VAIDK      |

  @CVSI-BACKUP-05 @should @backup
  Rule: Backups need no queue

    Scenario: A project with a container alone is backed up
      Given a project with only a backup container
      And it has been trained
      When its export completes
      Then the container holds the backup

  @CVSI-BACKUP-06 @should @backup
  Rule: Projects that share a container keep their backups apart

    Scenario: Two projects export into one container
      Given two projects that share a backup container
      And they have been trained
      When their exports complete
      Then the container holds the backup of each project
      And the backup of each project is a copy of its own model

  @CVSI-BACKUP-07 @should
  Rule: Without a container an export works as ever and writes nothing

    Scenario: A project without integration is exported
      Given a project without integration
      And it has been trained
      When its export completes
      Then the exported model can be downloaded
      And nothing is written to any queue or container

    @notifications
    Scenario: A project with a queue alone is exported
      Given a project with only a notification queue
      And it has been trained
      When its export completes
      Then the exported model can be downloaded
      And nothing is written to any container
