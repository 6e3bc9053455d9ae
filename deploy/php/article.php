<?php
/**
 * An article in plain PHP. Copy deploy/wordpress/adserver/includes/markup.php beside it: that file needs no WordPress.
 */

require __DIR__ . '/markup.php';

const ADS  = 'https://ads.example';
const SITE = 'demo-haber';

$article = array( 'id' => '42', 'title' => 'Sahilde konser', 'section' => 'yerel', 'city' => 'Antalya' );
$about   = array( 'section' => $article['section'], 'city' => $article['city'] );
?>
<!doctype html>
<html lang="tr">
<head>
<meta charset="utf-8">
<title><?= htmlspecialchars( $article['title'] ) ?></title>
<?= Adserver\style( ADS, SITE ) ?>

<?= Adserver\tag( ADS, SITE, $about, $article['id'] ) ?>

</head>
<body>
<?= Adserver\slot( 'top' ) ?>

<h1><?= htmlspecialchars( $article['title'] ) ?></h1>
<p><?= Adserver\article_views() ?> görüntülenme</p>
<!-- Decided on the server, for readers without scripts too; empty when the ad server is away: -->
<?= Adserver\fragment( ADS, SITE, 'footer', $about ) ?>

</body>
</html>
